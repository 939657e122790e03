#include "ipc_channel/serialize/encode.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::serialize::internal {

absl::Status SizeMismatch(std::size_t given, std::size_t needed) {
  if (given != needed) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the value takes ", needed, " bytes and was given ", given));
  }
  return absl::InternalError(
      "the code that writes a type did not write what it had measured");
}

}  // namespace ipc_channel::serialize::internal
