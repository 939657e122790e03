#include "ipc_channel/transport/unix/hostile/footprint.h"

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mappings.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::CountMappings;

// What receiving may come to keep: the buffers of a few messages, each made
// when it is first needed, which depends on who is ready at once.
constexpr std::size_t kKeptBytes = std::size_t{512} << 10;

std::size_t SharedKib() {
  std::ifstream status("/proc/self/status");
  std::size_t kib = 0;
  for (std::string line; std::getline(status, line);) {
    if (std::sscanf(line.c_str(), "RssShmem: %zu kB", &kib) == 1) break;
  }
  return kib;
}

std::size_t HeapBytes() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

}  // namespace

Footprint::Footprint()
    : objects_(CountMappedObjects()),
      mappings_(CountMappings()),
      shared_kib_(SharedKib()),
      heap_bytes_(HeapBytes()) {}

::testing::AssertionResult Footprint::HasNotGrown(int rounds) const {
  const auto count = static_cast<std::size_t>(rounds);
  const Footprint now;
  if (now.objects_ > objects_) {
    return ::testing::AssertionFailure()
           << now.objects_ << " memory objects mapped, there were " << objects_;
  }
  if (now.shared_kib_ >= shared_kib_ + 4 * count) {
    return ::testing::AssertionFailure()
           << now.shared_kib_ << " KiB of shared memory, there were "
           << shared_kib_;
  }
  if (now.heap_bytes_ >= heap_bytes_ + kKeptBytes + 100 * count) {
    return ::testing::AssertionFailure()
           << now.heap_bytes_ << " bytes of heap, there were " << heap_bytes_;
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult Footprint::MapsNoMore(int rounds) const {
  const std::size_t now = CountMappings();
  const std::size_t most = std::max<std::size_t>(rounds / 2, 3);
  if (now >= mappings_ + most) {
    return ::testing::AssertionFailure()
           << now << " mappings, there were " << mappings_;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace ipc_channel_hostile
