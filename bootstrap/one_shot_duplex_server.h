#ifndef IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_DUPLEX_SERVER_H_
#define IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_DUPLEX_SERVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/bootstrap/internal/one_shot_duplex.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// What a OneShotDuplexServer is to be. A value type.
struct OneShotDuplexServerOptions {
  // How the name begins on macOS; as in ListenerOptions.
  std::string name_prefix = "ipc_channel.";
};

// First contact between two processes that are both to send: one makes a server
// and gives its name to the other, which calls ConnectDuplex<ToServer,
// ToClient>() (connect_duplex.h). Names, and who is served, are those of
// OneShotServer (one_shot_server.h), which differs in that it receives only.
//
// Move-only; thread-compatible. Destroying the server refuses whoever comes,
// unless a forked child still holds a copy of it: exec, or fork before.
template <class ToClient, class ToServer>
class OneShotDuplexServer {
 public:
  // The client that was served.
  struct Accepted {
    Duplex<ToClient, ToServer> duplex;
    PeerIdentity peer;
  };

  // A server with a new name, to which clients can connect from now on. Does
  // not block. Codes: those of OneShotServer::Create().
  static absl::StatusOr<OneShotDuplexServer> Create(
      const OneShotDuplexServerOptions& options = {}) {
    absl::StatusOr<std::unique_ptr<internal::OneShotListener>> listener =
        internal::CreateOneShotListener({}, options.name_prefix);
    if (!listener.ok()) return listener.status();
    return OneShotDuplexServer(*std::move(listener));
  }

  // What the client needs to find this server; printable, without spaces.
  const std::string& name() const { return name_; }

  // Waits until `deadline` for a client. One that stays silent, dies, sends
  // something else, was built with other definitions of the two types (and is
  // told: duplex_listener.h) or belongs to another user costs the server
  // nothing but itself: the next one is served. Otherwise, and its codes, as
  // OneShotServer::Accept().
  absl::StatusOr<Accepted> Accept(absl::Time deadline = absl::InfiniteFuture(),
                                  const std::stop_token& stop = {}) {
    if (listener_ == nullptr) {
      return absl::FailedPreconditionError("the server was moved from");
    }
    absl::StatusOr<internal::RawDuplexClient> raw = internal::AcceptOneDuplex(
        *listener_, internal::DuplexContentsOf<ToServer, ToClient>(), deadline,
        stop);
    if (!raw.ok()) return raw.status();
    return Accepted{{Sender<ToClient>(std::move(raw->sender)),
                     Receiver<ToServer>(std::move(raw->receiver))},
                    raw->peer};
  }

 private:
  explicit OneShotDuplexServer(
      std::unique_ptr<internal::OneShotListener> listener)
      : name_(listener->name()), listener_(std::move(listener)) {}

  std::string name_;
  std::unique_ptr<internal::OneShotListener> listener_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_DUPLEX_SERVER_H_
