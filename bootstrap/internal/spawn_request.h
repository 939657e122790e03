#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_SPAWN_REQUEST_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_SPAWN_REQUEST_H_

#include <spawn.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// The first of the descriptors that a child inherits beside the standard ones.
inline constexpr int kFirstInherited = 3;
inline constexpr int kMaxInherited = 2;
// No number from here on means anything in the child.
inline constexpr int kFirstClosed = kFirstInherited + kMaxInherited;

// One posix_spawn(): of a child that has no descriptor but those it is given
// here, and in which no signal is blocked or ignored. Used once.
// Thread-compatible.
class SpawnRequest {
 public:
  SpawnRequest();
  SpawnRequest(const SpawnRequest&) = delete;
  SpawnRequest& operator=(const SpawnRequest&) = delete;
  ~SpawnRequest();

  // The child is to begin there, and a relative path of the program to be
  // looked up from there. A status of a directory that is not there, or may not
  // be entered.
  absl::Status ChangeDirectory(const std::string& path);

  // It is to have `source`, which is kFirstClosed or more so that no other has
  // taken its place, as `target`.
  void Place(transport::BorrowedFd source, int target);

  // It is to have this standard descriptor as it is here: closed if that is
  // closed or close-on-exec.
  void Inherit(int descriptor);

  // It is to have a copy of this send right (inherited_port.h). Only where
  // channels are ports.
  void GivePort(std::uint32_t port);

  struct Program {
    const char* path;
    bool search_path;
    char* const* arguments;
    char* const* environment;
  };
  // Codes as Spawn().
  absl::StatusOr<std::int64_t> Start(const Program& program);

 private:
  // Keeps the first errno of all.
  void Note(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  transport::UniqueFd directory_;
  int error_ = 0;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_SPAWN_REQUEST_H_
