#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/spawn_request.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

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
    case ELIBBAD:
      return absl::InvalidArgumentError(status.message());
    default:
      return status;
  }
}

}  // namespace

SpawnRequest::SpawnRequest() {
  Note(::posix_spawn_file_actions_init(&actions_));
  Note(::posix_spawnattr_init(&attributes_));
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  ::posix_spawnattr_setsigdefault(&attributes_, &all);
  ::posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

SpawnRequest::~SpawnRequest() {
  ::posix_spawnattr_destroy(&attributes_);
  ::posix_spawn_file_actions_destroy(&actions_);
}

// Opened here, so that it is known what was not found.
absl::Status SpawnRequest::ChangeDirectory(const std::string& path) {
  directory_ = UniqueFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory_.valid()) {
    return transport::ErrnoToStatus(errno, "open(" + path + ")");
  }
  Note(::posix_spawn_file_actions_addfchdir_np(&actions_, directory_.get()));
  return absl::OkStatus();
}

void SpawnRequest::Place(BorrowedFd source, int target) {
  Note(::posix_spawn_file_actions_adddup2(&actions_, source.get(), target));
}

// What is not close-on-exec is inherited without a word.
void SpawnRequest::Inherit(int /*descriptor*/) {}

void SpawnRequest::GivePort(std::uint32_t /*port*/) { Note(ENOTSUP); }

absl::StatusOr<std::int64_t> SpawnRequest::Start(const Program& program) {
  Note(::posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstClosed));
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
