#ifndef IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_
#define IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>

namespace ipc_channel_testing {

// How often this process has called operator new so far, in all its forms and
// threads. A program that links this has operators of its own, over malloc();
// what calls malloc() itself is not counted. Thread-safe; does not block.
std::uint64_t AllocationCount();

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_ALLOCATION_COUNT_H_
