#include "ipc_channel/channel/internal/encode_buffer.h"

#include <cstddef>
#include <new>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::internal {

absl::StatusOr<std::span<std::byte>> EncodeBuffer::Reserve(std::size_t size) {
  if (size > max_size_) {
    return absl::OutOfRangeError(absl::StrCat(
        "a value of ", size, " bytes is over the limit of ", max_size_));
  }
  if (size <= kInlineBytes) {
    bytes_ = {inline_.data(), size};
    return bytes_;
  }
  heap_.reset(new (std::nothrow) std::byte[size]);
  if (heap_ == nullptr) {
    return absl::ResourceExhaustedError("no memory to encode the value");
  }
  bytes_ = {heap_.get(), size};
  return bytes_;
}

}  // namespace ipc_channel::internal
