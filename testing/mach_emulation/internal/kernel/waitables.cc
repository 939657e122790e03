// What event queues (kqueues.cc) wait for, kept true.

#include <mach/port.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// Readable means: a number has been written that nobody has read.
void SetReadable(Waitable& waitable, bool readable) {
  if (waitable.readable == readable) return;
  waitable.readable = readable;
  std::uint64_t number = 1;
  const ssize_t done =
      readable ? write(waitable.event.get(), &number, sizeof(number))
               : read(waitable.event.get(), &number, sizeof(number));
  if (done != sizeof(number)) Panic("an event does not hold what it was told");
}

bool IsReady(const Port& port) { return !port.queue.empty(); }

bool IsReady(const PortSet& set) {
  return std::any_of(set.members.begin(), set.members.end(),
                     [](const PortRef& port) { return IsReady(*port); });
}

}  // namespace

void Kernel::UpdateWaitable(const PortRef& port) {
  if (port->waitable != nullptr) {
    SetReadable(*port->waitable, IsReady(*port));
  }
  for (PortSet* const set : port->sets) UpdateWaitable(*set);
}

void Kernel::UpdateWaitable(PortSet& set) {
  if (set.waitable != nullptr) SetReadable(*set.waitable, IsReady(set));
}

// The receive right or the set is gone. Who watches it keeps the waitable until
// that is told.
void Kernel::Vanish(std::shared_ptr<Waitable>& waitable) {
  if (waitable == nullptr) return;
  waitable->is_gone = true;
  SetReadable(*waitable, true);
  waitable.reset();
}

// That of a receive right or a set. Null if there are no descriptors.
std::shared_ptr<Waitable> Kernel::FindWaitable(Space& space,
                                               mach_port_name_t name) {
  Entry* const entry = space.Find(name);
  auto& waitable =
      entry->set != nullptr ? entry->set->waitable : entry->port->waitable;
  if (waitable != nullptr) return waitable;
  UniqueFd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return nullptr;
  waitable = std::make_shared<Waitable>(Waitable{std::move(event)});
  if (entry->set != nullptr) {
    UpdateWaitable(*entry->set);
  } else {
    UpdateWaitable(entry->port);
  }
  return waitable;
}

}  // namespace ipc_channel_testing::mach_emulation
