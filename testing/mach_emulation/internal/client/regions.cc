#include "ipc_channel/testing/mach_emulation/internal/client/regions.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

namespace ipc_channel_testing::mach_emulation {
namespace {

// The part of a region that begins `skip` bytes into it.
Region Part(const Region& region, std::size_t skip, std::size_t size) {
  Region part = region;
  part.offset += skip;
  part.size = size;
  return part;
}

}  // namespace

Regions& Regions::Get() {
  static Regions* const regions = new Regions;
  return *regions;
}

void Regions::Set(std::uintptr_t address, Region region) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ForgetLocked(address, region.size);
  regions_.emplace(address, std::move(region));
}

void Regions::Forget(std::uintptr_t address, std::size_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ForgetLocked(address, size);
}

void Regions::ForgetLocked(std::uintptr_t address, std::size_t size) {
  const std::uintptr_t end = address + size;
  auto it = regions_.lower_bound(address);
  if (it != regions_.begin()) --it;
  while (it != regions_.end() && it->first < end) {
    const std::uintptr_t begin = it->first;
    const Region region = it->second;
    const std::uintptr_t region_end = begin + region.size;
    if (region_end <= address) {
      ++it;
      continue;
    }
    it = regions_.erase(it);
    if (begin < address) {
      regions_.emplace(begin, Part(region, 0, address - begin));
    }
    if (region_end > end) {
      regions_.emplace(end, Part(region, end - begin, region_end - end));
    }
  }
}

std::optional<Region> Regions::Find(std::uintptr_t address, std::size_t size,
                                    bool* mixed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  *mixed = false;
  auto it = regions_.upper_bound(address);
  if (it != regions_.begin()) {
    const auto& [begin, region] = *std::prev(it);
    if (begin + region.size >= address + size) {
      return Part(region, address - begin, size);
    }
    *mixed = begin + region.size > address;
  }
  *mixed = *mixed || (it != regions_.end() && it->first < address + size);
  return std::nullopt;
}

}  // namespace ipc_channel_testing::mach_emulation
