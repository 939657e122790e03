#include <string>

#include "ipc_channel/testing/internal/executable.h"

namespace ipc_channel_testing::internal {

// By this name even an executable that has been replaced or removed starts.
std::string ThisExecutable() { return "/proc/self/exe"; }

}  // namespace ipc_channel_testing::internal
