#ifndef IPC_CHANNEL_BOOTSTRAP_CONNECT_DUPLEX_H_
#define IPC_CHANNEL_BOOTSTRAP_CONNECT_DUPLEX_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// Connects to the DuplexListener<ToClient, ToServer> (duplex_listener.h) or the
// OneShotDuplexServer<ToClient, ToServer> (one_shot_duplex_server.h) called
// `name`, in this process or another, and gives this side of the connection.
// Whom it connects to, how long it waits, and what an OK means, is as with
// Connect() (connect.h): one who is not accepted may send with OK for a while,
// and then both ends say UNAVAILABLE. Thread-safe.
//
// A server that was built with other definitions of the two types drops this
// client: the receiver gives DATA_LOSS (unless ToClient is Bytes), and then
// both ends say UNAVAILABLE. To a server of another kind, a Listener<T>, what
// is sent first is no T.
//
//   UNAVAILABLE         there is no such server, or none any more
//   PERMISSION_DENIED   the server belongs to another user, or its path or
//                       name is closed to us
//   UNIMPLEMENTED       on macOS, a server of another user is expected
//   DEADLINE_EXCEEDED   the server took no client until the deadline
//   INVALID_ARGUMENT    not the name of a server, or that of one on another
//                       kind of system
//   RESOURCE_EXHAUSTED  short of descriptors or memory
template <class ToServer, class ToClient>
absl::StatusOr<Duplex<ToServer, ToClient>> ConnectDuplex(
    std::string_view name, const ConnectOptions& options) {
  absl::StatusOr<internal::RawDuplex> raw = internal::RawConnectDuplex(
      name, options, internal::DuplexContentsOf<ToServer, ToClient>());
  if (!raw.ok()) return raw.status();
  return Duplex<ToServer, ToClient>{
      Sender<ToServer>(std::move(raw->sender)),
      Receiver<ToClient>(std::move(raw->receiver))};
}
template <class ToServer, class ToClient>
absl::StatusOr<Duplex<ToServer, ToClient>> ConnectDuplex(
    std::string_view name, absl::Time deadline = absl::InfiniteFuture()) {
  return ConnectDuplex<ToServer, ToClient>(
      name, ConnectOptions{.deadline = deadline});
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CONNECT_DUPLEX_H_
