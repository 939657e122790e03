#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/sandbox/landlock.h"

namespace sandbox {
namespace {

// The rights that each version knows are the lowest bits; a kernel refuses
// those that it does not know. By number, for headers are older than kernels.
std::uint64_t AllRights(long version) {
  int rights = 13;
  if (version >= 2) rights = 14;  // to move files between folders
  if (version >= 3) rights = 15;  // to truncate them
  if (version >= 5) rights = 16;  // ioctl() on devices
  return (std::uint64_t{1} << rights) - 1;
}

}  // namespace

bool ForbidAllPaths() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0,
                                 LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  // Rights that are handled, and given for no path.
  const landlock_ruleset_attr handled = {.handled_access_fs =
                                             AllRights(version)};
  const ipc_channel::UniqueFd rules(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0)));
  return rules.valid() &&
         ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

}  // namespace sandbox
