#include "ipc_channel/testing/mach_emulation/internal/kernel/space.h"

#include <mach/port.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/panic.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr std::uint8_t kGenerationStep = 4;
constexpr mach_port_name_t kGenerationOnes = 3;  // set in every name

mach_port_name_t MakeName(std::uint32_t index, std::uint8_t generation) {
  return index << 8 | generation | kGenerationOnes;
}

}  // namespace

mach_port_name_t Space::NewName() {
  while (true) {
    std::uint32_t index;
    if (free_.empty()) {
      index = static_cast<std::uint32_t>(generations_.size());
      generations_.push_back(0);
    } else {
      index = free_.back();
      free_.pop_back();
      generations_[index] += kGenerationStep;
    }
    const mach_port_name_t name = MakeName(index, generations_[index]);
    // A task may have chosen it itself.
    if (entries_.try_emplace(name).second) return name;
  }
}

bool Space::NewEntryAt(mach_port_name_t name) {
  return entries_.try_emplace(name).second;
}

Entry* Space::Find(mach_port_name_t name) {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

mach_port_name_t Space::NameOf(const Port* port) const {
  const auto found = names_.find(port);
  return found == names_.end() ? MACH_PORT_NULL : found->second;
}

void Space::Refer(mach_port_name_t name, PortRef port, bool send_once) {
  port->holders.emplace(this, name);
  if (!send_once) names_[port.get()] = name;
  entries_.at(name).port = std::move(port);
}

void Space::Unrefer(mach_port_name_t name) {
  Entry& entry = entries_.at(name);
  if (entry.port == nullptr) return;
  entry.port->holders.erase({this, name});
  if (NameOf(entry.port.get()) == name) names_.erase(entry.port.get());
  entry.port.reset();
}

void Space::Erase(mach_port_name_t name) {
  Unrefer(name);
  if (entries_.erase(name) != 1) Panic("a name was freed twice");
  const std::uint32_t index = name >> 8;
  if (index < generations_.size() &&
      MakeName(index, generations_[index]) == name) {
    free_.push_back(index);
  }
}

std::vector<mach_port_name_t> Space::Names() const {
  std::vector<mach_port_name_t> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

}  // namespace ipc_channel_testing::mach_emulation
