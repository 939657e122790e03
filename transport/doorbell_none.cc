#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/doorbell.h"

namespace ipc_channel::transport {

absl::StatusOr<Doorbell> Doorbell::Create() {
  return absl::UnimplementedError("no descriptor to wait for on this system");
}

bool Doorbell::IsOurs() const { return true; }
void Doorbell::Ring() {}
void Doorbell::Silence() {}

}  // namespace ipc_channel::transport
