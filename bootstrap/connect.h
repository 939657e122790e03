#ifndef IPC_CHANNEL_BOOTSTRAP_CONNECT_H_
#define IPC_CHANNEL_BOOTSTRAP_CONNECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// Connects to the OneShotServer<T> called `name`, in this process or another of
// the same effective user, and gives the sender of what its Accept() receives.
// Waits until `deadline` only while the server has too many clients to take
// another; an OK does not mean that it will accept this one: who is not
// accepted may send with OK for a while and is then told UNAVAILABLE.
// Thread-safe.
//
//   UNAVAILABLE         there is no such server, or none any more
//   PERMISSION_DENIED   the server belongs to another user
//   DEADLINE_EXCEEDED   the server took no client until the deadline
//   INVALID_ARGUMENT    not the name of a server
//   RESOURCE_EXHAUSTED  short of descriptors or memory
template <class T>
absl::StatusOr<Sender<T>> Connect(
    std::string_view name, absl::Time deadline = absl::InfiniteFuture()) {
  absl::StatusOr<transport::Sender> raw = internal::RawConnect(name, deadline);
  if (!raw.ok()) return raw.status();
  return Sender<T>(*std::move(raw));
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CONNECT_H_
