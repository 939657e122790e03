#include <sys/mman.h>

#include <cerrno>
#include <cstddef>

#include "absl/status/status.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {

bool Mapping::KeepFromChildren() {
  return ::madvise(address_, size_, MADV_DONTFORK) == 0;
}

absl::Status Mapping::Populate() {
  // Linux 5.14; glibc 2.36 has no name for it.
  constexpr int kPopulateRead = 22;
  int result;
  do {
    result = ::madvise(address_, size_, kPopulateRead);
  } while (result != 0 && (errno == EINTR || errno == EAGAIN));
  if (result == 0 || errno == EINVAL) return absl::OkStatus();
  // EFAULT stands for SIGBUS.
  return absl::ResourceExhaustedError("no memory for what a peer sent");
}

absl::Status Mapping::Grow(std::size_t size) {
  void* address = ::mremap(address_, size_, size, MREMAP_MAYMOVE);
  if (address == MAP_FAILED) return ErrnoToStatus(errno, "mremap");
  address_ = static_cast<std::byte*>(address);
  size_ = size;
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
