#ifndef IPC_CHANNEL_TRANSPORT_UNIQUE_FD_H_
#define IPC_CHANNEL_TRANSPORT_UNIQUE_FD_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"

namespace ipc_channel::transport {

// A file descriptor somebody else owns: valid for as long as the owner keeps it
// open. Never closes it. A value type; thread-compatible.
class BorrowedFd {
 public:
  constexpr BorrowedFd() = default;
  constexpr explicit BorrowedFd(int fd) : fd_(fd) {}

  constexpr int get() const { return fd_; }
  constexpr bool valid() const { return fd_ >= 0; }

  friend constexpr bool operator==(BorrowedFd, BorrowedFd) = default;

 private:
  int fd_ = -1;
};

// The owner of one file descriptor, or of none. Move-only; thread-compatible.
// The destructor closes the descriptor, ignores errors and never retries: after
// EINTR Linux has closed it already, and a retry could close somebody else's.
class UniqueFd {
 public:
  // Owns nothing: get() is -1.
  UniqueFd() = default;
  // Takes over `fd`; a negative number means none.
  explicit UniqueFd(int fd) : fd_(fd < 0 ? -1 : fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() {
    if (valid()) Reset();
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  BorrowedFd Borrow() const { return BorrowedFd(fd_); }

  // A truth value would take descriptor 0 for "none" one conversion later.
  explicit operator bool() const = delete;

  // Gives up ownership: the caller closes what is returned.
  [[nodiscard]] int Release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

  // Closes what is owned, then owns `fd`. Keeps errno.
  void Reset(int fd = -1);

  // A second descriptor, close-on-exec, of the same open file. Does not block.
  // FAILED_PRECONDITION if nothing is owned; RESOURCE_EXHAUSTED at the
  // process's limit of descriptors.
  absl::StatusOr<UniqueFd> Duplicate() const;

 private:
  int fd_ = -1;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_UNIQUE_FD_H_
