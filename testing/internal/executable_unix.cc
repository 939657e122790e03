#include <limits.h>

#include <string>

#include "ipc_channel/testing/internal/executable.h"

#if defined(__APPLE__)
#include <mach-o/dyld.h>
#elif defined(__FreeBSD__)
#include <sys/sysctl.h>
#endif

namespace ipc_channel_testing::internal {

#if defined(__APPLE__)

std::string ThisExecutable() {
  char path[PATH_MAX];
  uint32_t size = sizeof(path);
  return _NSGetExecutablePath(path, &size) == 0 ? path : "";
}

#elif defined(__FreeBSD__)

std::string ThisExecutable() {
  const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
  char path[PATH_MAX];
  size_t size = sizeof(path);
  return sysctl(name, 4, path, &size, nullptr, 0) == 0 ? path : "";
}

#else

// By this name even an executable that has been replaced or removed starts.
std::string ThisExecutable() { return "/proc/self/exe"; }

#endif

}  // namespace ipc_channel_testing::internal
