#include <limits.h>
#include <sys/types.h>
// Needs what <sys/types.h> declares.
#include <sys/sysctl.h>

#include <cstddef>
#include <iterator>
#include <string>

#include "ipc_channel/testing/internal/executable.h"

namespace ipc_channel_testing::internal {

std::string ThisExecutable() {
  const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
  char path[PATH_MAX];
  std::size_t size = sizeof(path);
  return ::sysctl(name, std::size(name), path, &size, nullptr, 0) == 0 ? path
                                                                       : "";
}

}  // namespace ipc_channel_testing::internal
