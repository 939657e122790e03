#include "ipc_channel/transport/unix/mapping.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::transport::unix_backend {

absl::StatusOr<Mapping> Mapping::SharedForWriting(BorrowedFd object,
                                                  std::size_t size) {
  absl::StatusOr<Mapping> mapping = SharedReadWrite(object, size);
  // A child forked by another thread would keep the object from being sealed.
  if (mapping.ok() && !mapping->KeepFromChildren()) {
    return ErrnoToStatus(errno, "a mapping that forks do not inherit");
  }
  return mapping;
}

absl::StatusOr<Mapping> Mapping::SharedReadWrite(BorrowedFd object,
                                                 std::size_t size) {
  return Map(object, size, PROT_READ | PROT_WRITE, MAP_SHARED);
}

absl::StatusOr<Mapping> Mapping::SharedReadOnly(BorrowedFd object,
                                                std::size_t size) {
  return Map(object, size, PROT_READ, MAP_SHARED);
}

absl::StatusOr<Mapping> Mapping::ReadOnly(BorrowedFd object, std::size_t size) {
  // Private: Linux before 6.7 refuses a shared mapping, even one for reading,
  // of a write-sealed object opened for writing (commit 28464bbb2ddc).
  return Map(object, size, PROT_READ, MAP_PRIVATE);
}

absl::StatusOr<Mapping> Mapping::Private(std::size_t size) {
  return Map(BorrowedFd(), size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS);
}

absl::StatusOr<Mapping> Mapping::Map(BorrowedFd object, std::size_t size,
                                     int protection, int flags) {
  void* address = ::mmap(nullptr, size, protection, flags, object.get(), 0);
  if (address == MAP_FAILED && errno == EAGAIN) {
    return absl::ResourceExhaustedError(
        "mmap: over what this process may lock (RLIMIT_MEMLOCK)");
  }
  if (address == MAP_FAILED) return ErrnoToStatus(errno, "mmap");
  return Mapping(static_cast<std::byte*>(address), size);
}

absl::Status Mapping::MakeReadOnly() {
  if (::mprotect(address_, size_, PROT_READ) == 0) return absl::OkStatus();
  return ErrnoToStatus(errno, "mprotect");
}

Mapping::Mapping(Mapping&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Mapping::~Mapping() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace ipc_channel::transport::unix_backend
