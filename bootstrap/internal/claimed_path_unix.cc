#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/claimed_path.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::ErrnoToStatus;
using transport::UniqueFd;

constexpr std::string_view kSocketInFolder = "/socket";
constexpr std::string_view kRandomPart = "XXXXXX";

// What is removed between making a thing and locking it is made anew. Who does
// that has a live claim of its own, or is on its way to one.
constexpr int kMostAttempts = 100;

// Of folders that are looked at: others can make as many as they like in /tmp.
constexpr int kMostLooks = 4096;

absl::Status Taken() {
  return absl::AlreadyExistsError("another server has this path");
}

absl::Status Restless() {
  return absl::ResourceExhaustedError("others lock and unlock this path");
}

enum class Lock { kHeld, kOthers };

absl::StatusOr<Lock> TryLock(const UniqueFd& file) {
  int result;
  do {
    result = ::flock(file.get(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Lock::kHeld;
  if (errno == EWOULDBLOCK) return Lock::kOthers;
  return ErrnoToStatus(errno, "flock");
}

// Which file it is, of all in the system.
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> IdAt(const std::string& path) {
  struct stat state = {};
  if (::lstat(path.c_str(), &state) != 0) return std::nullopt;
  return FileId(state.st_dev, state.st_ino);
}

// Whether `path` still leads to what `file` is. Its last holder may have
// removed it before it unlocked it.
bool IsStillAt(const UniqueFd& file, const std::string& path) {
  struct stat opened = {};
  return ::fstat(file.get(), &opened) == 0 &&
         IdAt(path) == FileId(opened.st_dev, opened.st_ino);
}

absl::Status LockFileError(int error, const std::string& path) {
  struct stat state = {};
  switch (error) {
    case ELOOP:
      if (::lstat(path.c_str(), &state) != 0) break;  // it is the folder's path
      [[fallthrough]];
    case EISDIR:
    case ENXIO:  // a socket
      return absl::PermissionDeniedError("the lock file is no file");
    default:
      break;
  }
  return ErrnoToStatus(error, "open of a lock file");
}

absl::StatusOr<UniqueFd> OpenLockFile(const std::string& path) {
  UniqueFd file(::open(path.c_str(),
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                       0600));
  if (!file.valid()) return LockFileError(errno, path);
  struct stat state = {};
  if (::fstat(file.get(), &state) != 0) return ErrnoToStatus(errno, "fstat");
  if (!S_ISREG(state.st_mode) || state.st_uid != ::geteuid()) {
    return absl::PermissionDeniedError(
        "the lock file is no file, or another user's");
  }
  // Ours are empty, and are removed in the end.
  if (state.st_size != 0) {
    return absl::AlreadyExistsError("the lock file is another program's");
  }
  return file;
}

absl::StatusOr<UniqueFd> LockFile(const std::string& path) {
  for (int i = 0; i < kMostAttempts; ++i) {
    absl::StatusOr<UniqueFd> file = OpenLockFile(path);
    if (!file.ok()) return file.status();
    const absl::StatusOr<Lock> lock = TryLock(*file);
    if (!lock.ok()) return lock.status();
    if (*lock == Lock::kOthers) return Taken();
    if (IsStillAt(*file, path)) return file;
  }
  return Restless();
}

// Whether somebody listens at `path`, with a lock or without.
absl::StatusOr<bool> IsLive(const std::string& path) {
  UniqueFd probe(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return ErrnoToStatus(errno, "socket");
  const UnixAddress address({.kind = ServerName::Kind::kPath, .text = path});
  if (::connect(probe.get(), address.address(), address.size()) == 0) {
    return true;
  }
  if (errno == EACCES || errno == EPERM) return ErrnoToStatus(errno, "connect");
  // Anything else but a refusal says that somebody is there: a full queue, a
  // socket of another type.
  return errno != ECONNREFUSED && errno != ENOENT;
}

absl::Status ClearAway(const std::string& path) {
  struct stat state = {};
  if (::lstat(path.c_str(), &state) != 0) {
    return errno == ENOENT ? absl::OkStatus() : ErrnoToStatus(errno, "lstat");
  }
  if (!S_ISSOCK(state.st_mode)) {
    return absl::AlreadyExistsError("what lies at this path is no socket");
  }
  const absl::StatusOr<bool> live = IsLive(path);
  if (!live.ok()) return live.status();
  if (*live) return Taken();
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return ErrnoToStatus(errno, "unlink");
  }
  return absl::OkStatus();
}

std::string FolderPrefix() {
  return "ipc_channel-" + std::to_string(::geteuid()) + "-";
}

UniqueFd OpenFolder(BorrowedFd base, const std::string& name) {
  return UniqueFd(
      ::openat(base.get(), name.c_str(),
               O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

bool IsOurFolder(const UniqueFd& folder) {
  struct stat state = {};
  return ::fstat(folder.get(), &state) == 0 && state.st_uid == ::geteuid();
}

// Removes a folder that nobody has locked any more, or not yet: who has just
// made it finds that out and makes another.
void RemoveIfForsaken(BorrowedFd base, const std::string& name) {
  const UniqueFd folder = OpenFolder(base, name);
  if (!folder.valid() || !IsOurFolder(folder)) return;
  const absl::StatusOr<Lock> lock = TryLock(folder);
  if (!lock.ok() || *lock != Lock::kHeld) return;
  ::unlinkat(folder.get(), kSocketInFolder.substr(1).data(), 0);
  ::unlinkat(base.get(), name.c_str(), AT_REMOVEDIR);
}

void RemoveForsakenFolders(const std::string& base) {
  struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  const std::unique_ptr<DIR, Close> listing(::opendir(base.c_str()));
  if (listing == nullptr) return;
  const std::string prefix = FolderPrefix();
  int looks = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (!name.starts_with(prefix)) continue;
    if (++looks > kMostLooks) return;
    RemoveIfForsaken(BorrowedFd(::dirfd(listing.get())), name);
  }
}

std::vector<std::string> Bases() {
  std::vector<std::string> bases;
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
    // Not of somebody who starts a set-user-ID program.
    const char* value = ::secure_getenv(variable);
    if (value != nullptr && value[0] == '/') bases.emplace_back(value);
  }
  bases.emplace_back("/tmp");
  return bases;
}

// Empty if it was removed before it was locked.
std::optional<UniqueFd> LockNewFolder(const std::string& path) {
  UniqueFd folder = OpenFolder(BorrowedFd(AT_FDCWD), path);
  if (!folder.valid()) return std::nullopt;
  const absl::StatusOr<Lock> lock = TryLock(folder);
  if (!lock.ok() || *lock != Lock::kHeld || !IsStillAt(folder, path)) {
    return std::nullopt;
  }
  return folder;
}

}  // namespace

ClaimedPath::ClaimedPath(std::string path, std::string guard, Guard kind,
                         UniqueFd lock)
    : path_(std::move(path)),
      guard_(std::move(guard)),
      kind_(kind),
      lock_(std::move(lock)),
      process_(::getpid()) {}

// All while the lock is held, so that nothing of a successor's is removed; and
// if another folder lies there by now, nothing at all.
ClaimedPath::~ClaimedPath() {
  if (process_ != ::getpid()) return;
  if (socket_.has_value() && IdAt(path_) == socket_) ::unlink(path_.c_str());
  if (!IsStillAt(lock_, guard_)) return;
  if (kind_ == Guard::kFile) {
    ::unlink(guard_.c_str());
  } else {
    ::rmdir(guard_.c_str());
  }
}

void ClaimedPath::NoteSocket() { socket_ = IdAt(path_); }

absl::StatusOr<std::unique_ptr<ClaimedPath>> ClaimedPath::Claim(
    const std::string& path) {
  std::string guard = path + ".lock";
  absl::StatusOr<UniqueFd> lock = LockFile(guard);
  if (!lock.ok()) return lock.status();
  absl::Status cleared = ClearAway(path);
  if (!cleared.ok()) {
    ::unlink(guard.c_str());
    return cleared;
  }
  return std::unique_ptr<ClaimedPath>(
      new ClaimedPath(path, std::move(guard), Guard::kFile, *std::move(lock)));
}

absl::StatusOr<std::unique_ptr<ClaimedPath>> ClaimedPath::InFolderBelow(
    const std::string& base) {
  const std::string pattern =
      base + "/" + FolderPrefix() + std::string(kRandomPart);
  absl::StatusOr<ServerName> fits =
      ParseServerName("unix-path:" + pattern + std::string(kSocketInFolder));
  if (!fits.ok()) return fits.status();
  for (int i = 0; i < kMostAttempts; ++i) {
    std::string folder = pattern;
    if (::mkdtemp(folder.data()) == nullptr) {
      return ErrnoToStatus(errno, "mkdtemp");
    }
    std::optional<UniqueFd> lock = LockNewFolder(folder);
    if (lock.has_value()) {
      std::string path = folder + std::string(kSocketInFolder);
      return std::unique_ptr<ClaimedPath>(
          new ClaimedPath(std::move(path), std::move(folder), Guard::kFolder,
                          *std::move(lock)));
    }
    ::rmdir(folder.c_str());
  }
  return Restless();
}

absl::StatusOr<std::unique_ptr<ClaimedPath>> ClaimedPath::InPrivateFolder() {
  absl::Status last;
  for (const std::string& base : Bases()) {
    RemoveForsakenFolders(base);
    absl::StatusOr<std::unique_ptr<ClaimedPath>> claimed = InFolderBelow(base);
    if (claimed.ok()) return claimed;
    last = claimed.status();
  }
  return last;
}

}  // namespace ipc_channel::internal
