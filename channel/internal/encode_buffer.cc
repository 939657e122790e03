#include "ipc_channel/channel/internal/encode_buffer.h"

#include <cstddef>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::internal {

EncodeBuffer::EncodeBuffer(std::size_t size, std::size_t max_size) {
  if (size > max_size) {
    status_ = absl::OutOfRangeError(absl::StrCat(
        "a value of ", size, " bytes is over the limit of ", max_size));
    return;
  }
  if (size <= kInlineBytes) {
    bytes_ = {inline_.data(), size};
    return;
  }
  heap_.reset(new (std::nothrow) std::byte[size]);
  if (heap_ == nullptr) {
    status_ = absl::ResourceExhaustedError("no memory to encode the value");
    return;
  }
  bytes_ = {heap_.get(), size};
}

}  // namespace ipc_channel::internal
