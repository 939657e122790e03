#include "ipc_channel/serialize/internal/encode_failure.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::serialize::internal {

absl::Status EncodeFailure::StatusFor(Kind kind, std::string_view reason) {
  switch (kind) {
    case Kind::kNone:
      return absl::OkStatus();
    case Kind::kNoRoom:
      return absl::InternalError(
          "a value took more bytes to write than were measured or given");
    case Kind::kTooLong:
      return absl::OutOfRangeError(
          "a string or container has more than 2^32 - 1 elements");
    case Kind::kNoHandleSink:
      return absl::InvalidArgumentError(
          "the value owns a handle, and only bytes can be sent here");
    case Kind::kRefused:
      return absl::InvalidArgumentError(
          absl::StrCat("the value cannot be sent: ",
                       absl::string_view(reason.data(), reason.size())));
  }
  return absl::InternalError("unknown failure");
}

}  // namespace ipc_channel::serialize::internal
