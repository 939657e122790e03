#include "ipc_channel/channel/internal/encode_buffer.h"

#include <cstddef>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::internal {

EncodeBuffer::EncodeBuffer(std::size_t size) {
  if (size <= kInlineBytes) {
    bytes_ = {inline_.data(), size};
    return;
  }
  if (size > transport::kMaxMessageBytes) {
    status_ = absl::OutOfRangeError(absl::StrCat("a value of ", size,
                                                 " bytes is over the limit of ",
                                                 transport::kMaxMessageBytes));
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
