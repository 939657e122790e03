#include "ipc_channel/transport/unix/memory_object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {
namespace {

absl::Status CheckFileSizeLimit(std::size_t size) {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) {
    return ErrnoToStatus(errno, "getrlimit(RLIMIT_FSIZE)");
  }
  if (limit.rlim_cur != RLIM_INFINITY &&
      size > static_cast<std::uint64_t>(limit.rlim_cur)) {
    return absl::OutOfRangeError(
        absl::StrCat(size, " bytes are over this process's RLIMIT_FSIZE of ",
                     limit.rlim_cur));
  }
  return absl::OkStatus();
}

// Linux 6.3; glibc 2.36 has no name for it. Where vm.memfd_noexec asks for it,
// nothing else is given.
constexpr unsigned kMfdNoexecSeal = 0x0008;

// An old kernel; a sandbox, with whatever errno its author chose; a memfd that
// vm.memfd_noexec refuses.
bool MeansThereIsNone(int error) {
  return error == ENOSYS || error == EPERM || error == EACCES;
}

// Linux 5.1. By number: F_SEAL_FUTURE_WRITE is not in every header.
constexpr int kSealFutureWrite = 0x0010;

UniqueFd NewMemfd() {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd object(::memfd_create("ipc_channel", kFlags | kMfdNoexecSeal));
  if (object.valid() || errno != EINVAL) return object;
  return UniqueFd(::memfd_create("ipc_channel", kFlags));
}

absl::StatusOr<UniqueFd> EmptyObject(std::size_t future_size) {
  absl::Status limit = CheckFileSizeLimit(future_size);
  if (!limit.ok()) return limit;
  UniqueFd object = NewMemfd();
  if (!object.valid()) {
    if (MeansThereIsNone(errno)) {
      return absl::UnimplementedError("no memfd_create here");
    }
    return ErrnoToStatus(errno, "memfd_create");
  }
  return object;
}

absl::Status WriteAll(BorrowedFd object, std::span<const std::byte> bytes,
                      std::size_t offset) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count =
        ::pwrite(object.get(), bytes.data() + written, bytes.size() - written,
                 static_cast<off_t>(offset + written));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoToStatus(errno, "pwrite to a memory object");
    written += static_cast<std::size_t>(count);
  }
  return absl::OkStatus();
}

absl::Status AllocateStep(BorrowedFd object, std::size_t offset,
                          std::size_t size) {
  int error;
  do {
    error = ::posix_fallocate(object.get(), static_cast<off_t>(offset),
                              static_cast<off_t>(size));
  } while (error == EINTR);
  return error == 0 ? absl::OkStatus()
                    : ErrnoToStatus(error, "posix_fallocate");
}

// Allocates every page now, so that writing to them cannot fail (SIGBUS) and
// receivers do not take the object for a sparse one. In steps: older kernels
// undo a whole call at a signal, and one that comes again and again would undo
// a long call for ever.
absl::Status Allocate(BorrowedFd object, std::size_t size) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  for (std::size_t offset = 0; offset < size; offset += kStep) {
    absl::Status status =
        AllocateStep(object, offset, std::min(kStep, size - offset));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// For ever, and `seals` besides. To seal against writing, Linux waits a while
// for others to let go of the pages, and then gives up with EBUSY
// (memfd_wait_for_pins in mm/memfd.c); on a busy machine that happens although
// nobody else has the object, for it takes its own batches of pages for others.
absl::Status SealSizeAnd(int seals, BorrowedFd object) {
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::fcntl(object.get(), F_ADD_SEALS,
                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | seals) == 0) {
      return absl::OkStatus();
    }
    if (errno != EBUSY && errno != EINTR) {
      return ErrnoToStatus(errno, "fcntl(F_ADD_SEALS)");
    }
  }
  return absl::ResourceExhaustedError(
      "the system keeps the pages of a memory object busy (F_ADD_SEALS)");
}

absl::Status SealAgainstNewWriters(BorrowedFd object) {
  absl::Status status = SealSizeAnd(kSealFutureWrite, object);
  if (absl::IsInvalidArgument(status)) {
    return absl::ResourceExhaustedError(
        "this system gives no memory that only its maker writes "
        "(F_SEAL_FUTURE_WRITE)");
  }
  return status;
}

absl::StatusOr<UniqueFd> AllocatedObject(std::size_t size) {
  absl::StatusOr<UniqueFd> object = EmptyObject(size);
  if (!object.ok()) return object;
  absl::Status status = Allocate(object->Borrow(), size);
  if (!status.ok()) return status;
  return object;
}

// The same for memory that no copy can stand in for.
absl::StatusOr<UniqueFd> IrreplaceableObject(std::size_t size) {
  absl::StatusOr<UniqueFd> object = AllocatedObject(size);
  if (absl::IsUnimplemented(object.status())) {
    return absl::ResourceExhaustedError(
        "this system or sandbox gives no shared memory (memfd_create)");
  }
  return object;
}

absl::Status FillThroughMapping(
    BorrowedFd object, std::size_t size,
    absl::FunctionRef<void(std::span<std::byte>)> fill) {
  absl::StatusOr<Mapping> mapping = Mapping::SharedForWriting(object, size);
  if (!mapping.ok()) return mapping.status();
  fill(mapping->writable_bytes());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<UniqueFd> SealedObjectWithCopyOf(const Payload& content) {
  absl::StatusOr<UniqueFd> object = EmptyObject(content.size());
  if (!object.ok()) return object.status();
  absl::Status status = WriteAll(object->Borrow(), content.head(), 0);
  if (status.ok()) {
    status = WriteAll(object->Borrow(), content.body(), content.head().size());
  }
  if (status.ok()) status = SealSizeAnd(F_SEAL_WRITE, object->Borrow());
  if (!status.ok()) return status;
  return object;
}

absl::StatusOr<UniqueFd> SealedObjectFilledBy(
    std::size_t size, absl::FunctionRef<void(std::span<std::byte>)> fill) {
  absl::StatusOr<UniqueFd> object = AllocatedObject(size);
  if (!object.ok()) return object.status();
  absl::Status status = FillThroughMapping(object->Borrow(), size, fill);
  // The kernel refuses the seal while a writable mapping is left.
  if (status.ok()) status = SealSizeAnd(F_SEAL_WRITE, object->Borrow());
  if (!status.ok()) return status;
  return object;
}

absl::StatusOr<UniqueFd> MutableObject(std::size_t size) {
  absl::StatusOr<UniqueFd> object = IrreplaceableObject(size);
  if (!object.ok()) return object.status();
  absl::Status status = SealSizeAnd(0, object->Borrow());
  if (!status.ok()) return status;
  return object;
}

absl::StatusOr<ReadOnlyObject> NewReadOnlyObject(std::size_t size) {
  absl::StatusOr<UniqueFd> object = IrreplaceableObject(size);
  if (!object.ok()) return object.status();
  absl::StatusOr<Mapping> writer =
      Mapping::SharedForWriting(object->Borrow(), size);
  if (!writer.ok()) return writer.status();
  absl::Status status = SealAgainstNewWriters(object->Borrow());
  if (!status.ok()) return status;
  return ReadOnlyObject{.object = *std::move(object),
                        .writer = *std::move(writer)};
}

}  // namespace ipc_channel::transport::unix_backend
