#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_CLAIMED_PATH_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_CLAIMED_PATH_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// A path at which this process, and no other, may bind a socket. What holds
// others off is a lock, which the kernel lifts when its holder has ended, in
// whatever way; what such a holder left is then cleared away. Destroying the
// object, in the process that made it, removes the socket and what stands for
// the lock; a forked child's copy removes nothing. Nothing here waits for
// another process.
class ClaimedPath {
 public:
  // A path that the user chose. The lock is on the file of the same name with
  // ".lock" behind it. A socket that a server without such a lock left there is
  // removed, too, if nobody listens at it any more.
  //
  //   ALREADY_EXISTS      a server that is there has that path, or what lies
  //                       there is no socket
  //   PERMISSION_DENIED   the folder, or what lies there, is another user's
  //   INVALID_ARGUMENT    there is no such folder
  //   RESOURCE_EXHAUSTED  short of descriptors, memory or disk
  static absl::StatusOr<std::unique_ptr<ClaimedPath>> Claim(
      const std::string& path);

  // "socket" in a new folder that only this user may enter, which is what is
  // locked. It lies in $XDG_RUNTIME_DIR, $TMPDIR or /tmp: the first that will
  // do. Folders of processes of this user that have ended are removed first.
  // Codes as above, but for ALREADY_EXISTS.
  static absl::StatusOr<std::unique_ptr<ClaimedPath>> InPrivateFolder();

  ClaimedPath(const ClaimedPath&) = delete;
  ClaimedPath& operator=(const ClaimedPath&) = delete;
  ~ClaimedPath();

  const std::string& path() const { return path_; }

  // What has just been bound at the path is this process's: it, and nothing
  // that others put in its place, is removed in the end.
  void NoteSocket();

 private:
  enum class Guard { kFile, kFolder };

  ClaimedPath(std::string path, std::string guard, Guard kind,
              transport::UniqueFd lock);

  static absl::StatusOr<std::unique_ptr<ClaimedPath>> InFolderBelow(
      const std::string& base);

  const std::string path_;
  const std::string guard_;  // what the lock is on
  const Guard kind_;
  const transport::UniqueFd lock_;
  const int process_;  // whose it is
  std::optional<std::pair<dev_t, ino_t>> socket_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_CLAIMED_PATH_H_
