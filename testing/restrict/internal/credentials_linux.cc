#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "ipc_channel/testing/restrict/internal/credentials.h"

namespace ipc_channel_testing::internal {
namespace {

absl::Status Refused(const char* call) {
  return absl::InternalError(std::string(call) + ": " + std::strerror(errno));
}

// Far from every user that has a name. Process ids are under 2^22.
id_t UserOfThisProcess() {
  return (id_t{1} << 30) + static_cast<id_t>(::getpid());
}

// The same where a user namespace has no more than the usual 65536 users. Two
// processes may come to the same one.
id_t UserOfThisProcessUnder65536() {
  return 10'000 + static_cast<id_t>(::getpid()) % 50'000;
}

bool ChangeGroup(id_t group) { return ::setresgid(group, group, group) == 0; }

absl::Status ChangeUser() {
  id_t id = UserOfThisProcess();
  if (!ChangeGroup(id)) {
    id = UserOfThisProcessUnder65536();
    // Not root's process, or one whose user namespace has nobody else.
    if (!ChangeGroup(id)) return absl::OkStatus();
  }
  if (::setgroups(0, nullptr) != 0) return Refused("setgroups");
  if (::setresuid(id, id, id) != 0) return Refused("setresuid");
  return absl::OkStatus();
}

absl::Status DropCapabilities() {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return Refused("PR_CAP_AMBIENT_CLEAR_ALL");
  }
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3,
                                     .pid = 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return Refused("capset");
  return absl::OkStatus();
}

}  // namespace

absl::Status ForbidNewPrivileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Refused("PR_SET_NO_NEW_PRIVS");
  }
  return absl::OkStatus();
}

absl::Status GiveUpPrivileges() {
  absl::Status status = ChangeUser();
  return status.ok() ? DropCapabilities() : status;
}

}  // namespace ipc_channel_testing::internal
