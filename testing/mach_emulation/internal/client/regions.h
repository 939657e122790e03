#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_REGIONS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_REGIONS_H_

// What this task has mapped, where that matters: memory that other tasks may
// share, and protections that may not be widened.

#include <mach/vm_prot.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"

namespace ipc_channel_testing::mach_emulation {

struct Region {
  std::size_t size;
  // Shared memory, and where in it the region begins; none for memory of the
  // task's own.
  std::shared_ptr<UniqueFd> memory;
  std::uint64_t offset = 0;
  vm_prot_t current = VM_PROT_DEFAULT;
  vm_prot_t maximum = VM_PROT_ALL;
};

// Thread-safe. Addresses and sizes are multiples of pages.
class Regions {
 public:
  static Regions& Get();

  // Replaces what is known of the range.
  void Set(std::uintptr_t address, Region region);
  void Forget(std::uintptr_t address, std::size_t size);
  // What is known of the range, as one region that begins at `address`. Empty
  // if nothing is known of any part of it; `*mixed` is true, and the result
  // empty, if it is not all of one region.
  std::optional<Region> Find(std::uintptr_t address, std::size_t size,
                             bool* mixed);

 private:
  void ForgetLocked(std::uintptr_t address, std::size_t size);

  std::mutex mutex_;
  std::map<std::uintptr_t, Region> regions_;
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_REGIONS_H_
