#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_FOOTPRINT_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_FOOTPRINT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "gtest/gtest.h"

namespace ipc_channel_hostile {

// What this process occupies: remembered at construction, compared later.
class Footprint {
 public:
  Footprint();

  // Success unless one memory object more is mapped, or it has grown by what
  // `rounds` rounds would lose if each lost a page of shared memory or 100
  // bytes of heap. What receiving may come to keep (512 KiB of heap) is allowed
  // for, so that small leaks show in many rounds only. (Sanitizers count the
  // heap themselves.) Caches of threads count as heap: they are to be off
  // (glibc.malloc.tcache_count=0).
  ::testing::AssertionResult HasNotGrown(int rounds) const;

  // Success unless there are more mappings of any kind, by half of `rounds`
  // and 3 at the least. Allocators keep mappings, so that only growth that goes
  // on is a leak: where this fails, compare again after as many rounds more.
  ::testing::AssertionResult MapsNoMore(int rounds) const;

 private:
  std::size_t objects_;
  std::size_t mappings_;
  std::size_t shared_kib_;
  std::size_t heap_bytes_;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_FOOTPRINT_H_
