#ifndef IPC_CHANNEL_BOOTSTRAP_CONNECT_H_
#define IPC_CHANNEL_BOOTSTRAP_CONNECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// Connects to the OneShotServer<T> or Listener<T> called `name`, in this
// process or another, and gives the sender of what that receives. The server
// must belong to this process's effective user, or to the one that the options
// name: it counts who it was when it began to listen. (On macOS it is whoever
// has the name in this process's domain of launchd, or one that contains it.
// Nothing tells a client more before the server has answered, so that the
// options can name nobody else there: who must know has the server prove it.)
// Waits until the deadline
// only while the server has too many clients to take another; an OK does not
// mean that it will accept this one: who is not accepted may send with OK for a
// while and is then told UNAVAILABLE. Thread-safe.
//
//   UNAVAILABLE         there is no such server, or none any more
//   PERMISSION_DENIED   the server belongs to another user, or its path or
//                       name is closed to us
//   UNIMPLEMENTED       on macOS, a server of another user is expected
//   DEADLINE_EXCEEDED   the server took no client until the deadline
//   INVALID_ARGUMENT    not the name of a server, or that of one on another
//                       kind of system
//   RESOURCE_EXHAUSTED  short of descriptors or memory
template <class T>
absl::StatusOr<Sender<T>> Connect(std::string_view name,
                                  const ConnectOptions& options) {
  absl::StatusOr<transport::Sender> raw = internal::RawConnect(name, options);
  if (!raw.ok()) return raw.status();
  return Sender<T>(*std::move(raw));
}
template <class T>
absl::StatusOr<Sender<T>> Connect(
    std::string_view name, absl::Time deadline = absl::InfiniteFuture()) {
  return Connect<T>(name, ConnectOptions{.deadline = deadline});
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CONNECT_H_
