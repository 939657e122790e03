#ifndef IPC_CHANNEL_TESTING_MAPPINGS_H_
#define IPC_CHANNEL_TESTING_MAPPINGS_H_

#include "ipc_channel/platforms/cxx20.h"

// What this process has mapped (Linux: /proc/self/maps; macOS: the regions of
// its task), to see that nothing is left behind. Thread-safe.

#include <cstddef>

namespace ipc_channel_testing {

// All mappings. Allocators and sanitizers add and merge theirs.
std::size_t CountMappings();

// Those of memory objects, which only what is tested makes (Linux: of
// memfd_create(); macOS: what is shared).
std::size_t CountMappedObjects();

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MAPPINGS_H_
