#include "ipc_channel/transport/mach/kern_status.h"

#include <mach/mach_error.h>

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::transport::mach_backend {
namespace {

absl::StatusCode CodeOf(kern_return_t result) {
  switch (result) {
    case MACH_SEND_INVALID_DEST:
      return absl::StatusCode::kUnavailable;
    case KERN_NO_SPACE:
    case KERN_RESOURCE_SHORTAGE:
    case MACH_SEND_NO_BUFFER:
    case MACH_SEND_TOO_LARGE:
    case MACH_RCV_BODY_ERROR:
    case MACH_RCV_HEADER_ERROR:
      return absl::StatusCode::kResourceExhausted;
    case KERN_PROTECTION_FAILURE:
    case KERN_NO_ACCESS:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status KernToStatus(kern_return_t result, std::string_view call) {
  return absl::Status(
      CodeOf(result),
      absl::StrCat(absl::string_view(call.data(), call.size()), ": ",
                   ::mach_error_string(result), " (", absl::Hex(result), ")"));
}

}  // namespace ipc_channel::transport::mach_backend
