#ifndef IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_
#define IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>

namespace ipc_channel_testing {

// What becomes of operator new, in all its forms. A program that links this has
// operators of its own, over malloc(); what calls malloc() itself is neither
// counted nor made to fail.

// How often this process has called operator new so far, in all threads.
// Thread-safe; does not block.
std::uint64_t AllocationCount();

// How many bytes this thread has asked operator new for so far, in calls that
// succeeded. Does not go down when memory is freed. Thread-safe; does not
// block.
std::uint64_t AllocatedBytes();

// Until the end of the scope operator new fails in this thread, as if there
// were no memory: the first `successes` calls succeed, the next one fails, and
// so do those after it unless `How` is kOnce. Assertions allocate too: look at
// what came of it after the scope. One at a time; thread-compatible.
class ScopedAllocationFailure {
 public:
  enum class How { kOnce, kFromThenOn };

  ScopedAllocationFailure(std::uint64_t successes, How how);
  ScopedAllocationFailure(const ScopedAllocationFailure&) = delete;
  ScopedAllocationFailure& operator=(const ScopedAllocationFailure&) = delete;
  ~ScopedAllocationFailure();

  // Whether any call has failed so far.
  bool happened() const;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_
