#ifndef IPC_CHANNEL_TRANSPORT_UNIX_MAPPING_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_MAPPING_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// The owner of one memory mapping; the destructor unmaps. Move-only;
// thread-compatible. Making one gives RESOURCE_EXHAUSTED without address space
// and INVALID_ARGUMENT for what cannot be mapped.
class Mapping {
 public:
  // `size` bytes, more than 0, of `object`, for writing into it. Not inherited
  // by forked children.
  static absl::StatusOr<Mapping> SharedForWriting(BorrowedFd object,
                                                  std::size_t size);
  // The same, inherited by forked children.
  static absl::StatusOr<Mapping> SharedReadWrite(BorrowedFd object,
                                                 std::size_t size);
  // `size` bytes, more than 0, of `object`, which nobody can change any more,
  // for reading.
  static absl::StatusOr<Mapping> ReadOnly(BorrowedFd object, std::size_t size);
  // `size` bytes, more than 0, of `object`, for reading what others write.
  static absl::StatusOr<Mapping> SharedReadOnly(BorrowedFd object,
                                                std::size_t size);
  // `size` bytes, more than 0, of this process's own, zeroed and writable.
  // Takes up memory only where it is touched.
  static absl::StatusOr<Mapping> Private(std::size_t size);

  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) = delete;
  ~Mapping();

  std::span<const std::byte> bytes() const { return {address_, size_}; }
  // Only for SharedForWriting(), SharedReadWrite() and Private().
  std::span<std::byte> writable_bytes() { return {address_, size_}; }

  // Fetches all of it now, so that no access has to; where the system cannot,
  // does nothing and gives OK. RESOURCE_EXHAUSTED without memory. In
  // mapping_<system>.cc.
  absl::Status Populate();

  // Only for Private(): makes it `size` bytes, no fewer than it has. The bytes
  // may move, on Linux without being copied. RESOURCE_EXHAUSTED changes
  // nothing. In mapping_<system>.cc.
  absl::Status Grow(std::size_t size);
  // Only for Private(): nothing in this process can write to it any more.
  absl::Status MakeReadOnly();

 private:
  Mapping(std::byte* address, std::size_t size)
      : address_(address), size_(size) {}
  static absl::StatusOr<Mapping> Map(BorrowedFd object, std::size_t size,
                                     int protection, int flags);
  // False with errno set if forked children would inherit the mapping. In
  // mapping_<system>.cc.
  bool KeepFromChildren();

  std::byte* address_;
  std::size_t size_;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_MAPPING_H_
