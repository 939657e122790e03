#ifndef IPC_CHANNEL_TESTING_INTERNAL_EXECUTABLE_H_
#define IPC_CHANNEL_TESTING_INTERNAL_EXECUTABLE_H_

#include <string>

namespace ipc_channel_testing::internal {

// A path that starts the running program again; empty where the system does not
// tell.
std::string ThisExecutable();

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_EXECUTABLE_H_
