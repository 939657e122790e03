#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/mapping.h"

// Compiled, never run.

namespace ipc_channel::transport::unix_backend {

bool Mapping::KeepFromChildren() {
  return ::minherit(address_, size_, INHERIT_NONE) == 0;
}

absl::Status Mapping::Populate() { return absl::OkStatus(); }

// The kernel has no mremap().
absl::Status Mapping::Grow(std::size_t size) {
  absl::StatusOr<Mapping> larger = Private(size);
  if (!larger.ok()) return larger.status();
  std::memcpy(larger->address_, address_, size_);
  std::swap(address_, larger->address_);
  std::swap(size_, larger->size_);
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
