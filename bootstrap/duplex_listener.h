#ifndef IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_H_
#define IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/duplex_listener_options.h"
#include "ipc_channel/bootstrap/internal/duplex_door.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// A service with a name, for any number of clients that call
// ConnectDuplex<ToServer, ToClient>() (connect_duplex.h). Each gets a
// connection of its own, over which both sides send:
//
//   auto listener = DuplexListener<Answer, Question>::Create(
//       {.listener = {.name = "unix-abstract:com.example.oracle"}});
//   while (true) {
//     auto client = listener->Accept();
//     if (client.ok()) Serve(std::move(client->duplex), client->peer);
//   }
//
// Names, who may connect, limits and what becomes of who is refused are those
// of Listener (listener.h), which this is built upon: a client counts there for
// as long as the receiver of its connection lives in this process, and
// PeerPidfd(client.duplex.receiver) is the process that connected.
//
// Beyond that a client has to open: to send the sender of the way back, and
// what it takes the types of both directions for, as ConnectDuplex() does. One
// that stays silent, sends something else, was built with other definitions of
// the two types or dies before it has opened is dropped and costs the listener
// nothing but a place among those that it waits for (DuplexListenerOptions).
// Who was built with other definitions is told, by DATA_LOSS in its receiver
// (unless it expects Bytes there), and by UNAVAILABLE.
//
// A client that was accepted has opened; what it sends after that comes from
// its receiver. Its sender leads where the client says, as any sender that came
// in a message. If that is this connection, the client is not missed when it is
// gone: it counts until this side ends the connection.
//
// Destroying it frees the name and refuses whoever comes, or has come and was
// not accepted; clients that were accepted are not affected. The copy that a
// forked child has can only be destroyed, which ends nothing.
//
// Move-only; thread-compatible.
//
// All accepts:
//
//   DEADLINE_EXCEEDED    nobody until the deadline; the message says how many
//                        were dropped, and why the last one was
//   CANCELLED            a stop was requested, where one can be
//   RESOURCE_EXHAUSTED   this process is short of memory or descriptors: make
//                        room before the next try; the client waits, or was
//                        lost for want of memory, or for want of a descriptor
//                        for the way back to it
//   FAILED_PRECONDITION  this listener is empty: moved from
template <class ToClient, class ToServer>
class DuplexListener {
 public:
  // One that has opened. A value like any other: it can be sent to another
  // process, which then has `peer` by the sender's word. There it no longer
  // counts as a client of this listener.
  struct Client {
    Duplex<ToClient, ToServer> duplex;
    PeerIdentity peer;
  };

  // A listener to which clients can connect from now on. Does not block. Codes:
  // those of Listener::Create().
  static absl::StatusOr<DuplexListener> Create(
      const DuplexListenerOptions& options = {}) {
    absl::StatusOr<internal::DuplexDoor> door = internal::DuplexDoor::Create(
        options, internal::DuplexContentsOf<ToServer, ToClient>());
    if (!door.ok()) return door.status();
    return DuplexListener(*std::move(door));
  }

  DuplexListener(DuplexListener&& other) noexcept
      : door_(std::exchange(other.door_, std::nullopt)) {}
  DuplexListener& operator=(DuplexListener&& other) noexcept {
    door_ = std::exchange(other.door_, std::nullopt);
    return *this;
  }

  // What clients need to find it: that of Listener. Empty once moved from.
  const std::string& name() const {
    static const std::string& none = *new std::string();
    return door_.has_value() ? door_->name() : none;
  }

  // Waits for a client for as long as it takes.
  absl::StatusOr<Client> Accept() {
    return AcceptUntil(absl::InfiniteFuture());
  }

  // Does not wait: an empty optional if nobody has opened. Looks at a bounded
  // number of those who have connected; behind these there may be one.
  absl::StatusOr<std::optional<Client>> TryAccept() {
    if (!door_.has_value()) return EmptyError();
    absl::StatusOr<std::optional<internal::RawDuplexClient>> raw =
        door_->TryAccept();
    if (!raw.ok()) return raw.status();
    if (!raw->has_value()) return std::optional<Client>();
    return std::optional<Client>(ToTyped(**std::move(raw)));
  }

  // Waits for a client for at most `timeout`.
  absl::StatusOr<Client> AcceptFor(absl::Duration timeout) {
    return AcceptUntil(absl::Now() + timeout);
  }

  // Waits for a client until `deadline`.
  absl::StatusOr<Client> AcceptUntil(absl::Time deadline) {
    return AcceptUntil(deadline, std::stop_token());
  }

  // The same, and any thread may end the waiting by a request to stop:
  // CANCELLED, and no client is lost. Takes a descriptor, or two, for the time.
  absl::StatusOr<Client> Accept(const std::stop_token& stop) {
    return AcceptUntil(absl::InfiniteFuture(), stop);
  }
  absl::StatusOr<Client> AcceptFor(absl::Duration timeout,
                                   const std::stop_token& stop) {
    return AcceptUntil(absl::Now() + timeout, stop);
  }
  absl::StatusOr<Client> AcceptUntil(absl::Time deadline,
                                     const std::stop_token& stop) {
    if (!door_.has_value()) return EmptyError();
    absl::StatusOr<internal::RawDuplexClient> raw =
        door_->AcceptUntil(deadline, stop);
    if (!raw.ok()) return raw.status();
    return ToTyped(*std::move(raw));
  }

  // For loops that wait for other things too, as transport::ReceiverSet's
  // functions of these names (transport/receiver_set.h), with TryAccept() for a
  // Wait() that does not wait. deadline() is also when the next client that
  // stays silent is to be dropped.
  absl::StatusOr<transport::BorrowedFd> waitable() {
    if (!door_.has_value()) return EmptyError();
    return door_->waitable();
  }
  static constexpr transport::Interest interest() {
    return transport::Interest::kReadable;
  }
  absl::Time deadline() {
    return door_.has_value() ? door_->deadline() : absl::InfinitePast();
  }

 private:
  explicit DuplexListener(internal::DuplexDoor door) : door_(std::move(door)) {}

  static Client ToTyped(internal::RawDuplexClient raw) {
    return {{Sender<ToClient>(std::move(raw.sender)),
             Receiver<ToServer>(std::move(raw.receiver))},
            raw.peer};
  }

  static absl::Status EmptyError() {
    return absl::FailedPreconditionError("the listener was moved from");
  }

  std::optional<internal::DuplexDoor> door_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_H_
