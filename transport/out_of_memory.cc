#include "ipc_channel/transport/out_of_memory.h"

#include "absl/status/status.h"

namespace ipc_channel::transport {

absl::Status OutOfMemoryError() {
  // Never destroyed: others may still send when this would be.
  static const absl::Status& made =
      *new absl::Status(absl::StatusCode::kResourceExhausted, "out of memory");
  return made;
}

namespace {

// Made before it is needed.
[[maybe_unused]] const bool is_made = !OutOfMemoryError().ok();

}  // namespace
}  // namespace ipc_channel::transport
