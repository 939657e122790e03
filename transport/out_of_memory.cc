#include "ipc_channel/transport/out_of_memory.h"

#include "absl/status/status.h"

namespace ipc_channel::transport {
namespace {

// Made before it is needed, and never destroyed.
const absl::Status& kOutOfMemory =
    *new absl::Status(absl::StatusCode::kResourceExhausted, "out of memory");

}  // namespace

absl::Status OutOfMemoryError() { return kOutOfMemory; }

}  // namespace ipc_channel::transport
