#include <limits.h>
#include <mach-o/dyld.h>

#include <cstdint>
#include <string>

#include "ipc_channel/testing/internal/executable.h"

namespace ipc_channel_testing::internal {

std::string ThisExecutable() {
  char path[PATH_MAX];
  std::uint32_t size = sizeof(path);
  return ::_NSGetExecutablePath(path, &size) == 0 ? path : "";
}

}  // namespace ipc_channel_testing::internal
