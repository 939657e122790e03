#include <fcntl.h>
#include <mach/mach.h>
#include <signal.h>
#include <spawn.h>
#include <sys/errno.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/spawn_request.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;

absl::Status StatusOfSpawn(int error, const std::string& program) {
  absl::Status status =
      transport::ErrnoToStatus(error, "posix_spawn(" + program + ")");
  switch (error) {
    case EAGAIN:  // RLIMIT_NPROC
      return absl::ResourceExhaustedError(status.message());
    case E2BIG:
      return absl::OutOfRangeError(status.message());
    case ENOEXEC:
    case ELOOP:
    case ETXTBSY:
    case EBADEXEC:
    case EBADARCH:
    case ESHLIBVERS:
    case EBADMACHO:
      return absl::InvalidArgumentError(status.message());
    default:
      return status;
  }
}

// 0 or an errno.
int FindDirectory(const std::string& path) {
  struct stat found = {};
  if (::stat(path.c_str(), &found) != 0) return errno;
  if (!S_ISDIR(found.st_mode)) return ENOTDIR;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

}  // namespace

SpawnRequest::SpawnRequest() {
  Note(::posix_spawn_file_actions_init(&actions_));
  Note(::posix_spawnattr_init(&attributes_));
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  // Their default cannot be changed, nor set.
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  ::posix_spawnattr_setsigdefault(&attributes_, &all);
  ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK |
                                               POSIX_SPAWN_SETSIGDEF |
                                               POSIX_SPAWN_CLOEXEC_DEFAULT);
}

SpawnRequest::~SpawnRequest() {
  ::posix_spawnattr_destroy(&attributes_);
  ::posix_spawn_file_actions_destroy(&actions_);
}

// Looked at here, so that it is known what was not found; by its path, for a
// directory that may be entered and not read cannot be opened.
absl::Status SpawnRequest::ChangeDirectory(const std::string& path) {
  const int error = FindDirectory(path);
  if (error != 0) {
    return transport::ErrnoToStatus(error, "chdir(" + path + ")");
  }
  Note(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
  return absl::OkStatus();
}

void SpawnRequest::Place(BorrowedFd source, int target) {
  Note(::posix_spawn_file_actions_adddup2(&actions_, source.get(), target));
}

// Which would be an error for a descriptor that is closed, and would open one
// that is close-on-exec (exec_handle_file_actions() in bsd/kern/kern_exec.c).
void SpawnRequest::Inherit(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) != 0) return;
  Note(::posix_spawn_file_actions_addinherit_np(&actions_, descriptor));
}

void SpawnRequest::GivePort(std::uint32_t port) {
  Note(::posix_spawnattr_setspecialport_np(&attributes_, port,
                                           kInheritedSpecialPort));
}

absl::StatusOr<std::int64_t> SpawnRequest::Start(const Program& program) {
  if (error_ != 0) {
    return transport::ErrnoToStatus(ENOMEM, "posix_spawn_file_actions");
  }
  const auto spawn = program.search_path ? ::posix_spawnp : ::posix_spawn;
  pid_t pid = -1;
  const int error = spawn(&pid, program.path, &actions_, &attributes_,
                          program.arguments, program.environment);
  if (error != 0) return StatusOfSpawn(error, program.path);
  return pid;
}

}  // namespace ipc_channel::internal
