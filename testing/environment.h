#ifndef IPC_CHANNEL_TESTING_ENVIRONMENT_H_
#define IPC_CHANNEL_TESTING_ENVIRONMENT_H_

#include "ipc_channel/platforms/cxx20.h"

// What the environment asks of a test: how many rounds, which seed.

#include <cstdint>

namespace ipc_channel_testing {

// The decimal number in the environment variable `variable`, or `otherwise` if
// there is no such variable. Anything else in it ends the program with code 2
// and words on stderr: a test that was asked for something must not do
// something else. Thread-safe while nobody changes the environment.
std::uint64_t NumberFromEnvironment(const char* variable,
                                    std::uint64_t otherwise);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_ENVIRONMENT_H_
