#include "ipc_channel/serialize/writer.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::serialize {

absl::Status Writer::status() const {
  switch (failure_) {
    case Failure::kNone:
      return absl::OkStatus();
    case Failure::kNoRoom:
      return absl::InternalError(
          "a value took more bytes to write than were measured or given");
    case Failure::kTooLong:
      return absl::OutOfRangeError(
          "a string or container has more than 2^32 - 1 elements");
    case Failure::kNoHandleSink:
      return absl::InvalidArgumentError(
          "the value owns a handle, and only bytes can be sent here");
    case Failure::kRefused:
      return absl::InvalidArgumentError(
          absl::StrCat("the value cannot be sent: ",
                       absl::string_view(reason_.data(), reason_.size())));
  }
  return absl::InternalError("unknown failure");
}

}  // namespace ipc_channel::serialize
