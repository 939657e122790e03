#ifndef IPC_CHANNEL_BOOTSTRAP_LISTENER_H_
#define IPC_CHANNEL_BOOTSTRAP_LISTENER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/put_value.h"
#include "ipc_channel/bootstrap/internal/raw_listener.h"
#include "ipc_channel/bootstrap/listener_options.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// A service with a name, for any number of clients, at once and one after
// another, that call Connect<T>() (connect.h). Each gets a channel of its own:
//
//   auto listener = Listener<Request>::Create(
//       {.name = "unix-abstract:com.example.indexer"});
//   while (true) {
//     auto client = listener->Accept();
//     if (client.ok()) Serve(std::move(client->receiver), client->peer);
//   }
//
// or without a thread for each, beside its clients in one set (or in whatever
// else holds a Receiver):
//
//   ReceiverSet set;
//   auto door = set.Add(std::move(*listener).ToReceiver());
//   ...
//   if (event.id() == *door) {
//     auto client = event.To<Listener<Request>::Client>();
//     if (client.ok()) set.Add(std::move(client->receiver));
//
// A client is let in when it has connected and the policy agrees
// (listener_options.h); nothing has been read from it then. One that stays
// silent, dies or talks nonsense is a receiver to which that happens, and costs
// the listener nothing. One that connected, sent and was gone before it was
// accepted is served too. Clients are accepted in the order in which they
// connected.
//
// Whom the policy refuses, and who comes when there are too many clients, is
// dropped: its Connect() gave OK, and a send soon says UNAVAILABLE.
//
// A chosen name is the listener's alone: another live server of that name is
// refused (ALREADY_EXISTS), and what a dead one left behind is taken over.
//
// Destroying it frees the name and refuses whoever comes or waits; clients that
// were accepted are not affected. A forked child has a copy, which takes
// clients like this one while this one lives, and whose destruction ends
// nothing; while the child has it, an abstract name is not free for another,
// nor a path if this process was killed. On macOS, where ports are not
// inherited, it is an empty copy: FAILED_PRECONDITION, and it keeps nothing.
//
// Move-only; thread-compatible.
//
// All accepts:
//
//   DEADLINE_EXCEEDED    nobody until the deadline
//   CANCELLED            a stop was requested, where one can be
//   RESOURCE_EXHAUSTED   this process is short of memory or descriptors: make
//                        room before the next try; the client waits, or was
//                        lost for want of memory
//   UNAVAILABLE          in a forked child only: the parent ended the service
//   FAILED_PRECONDITION  this listener is empty: moved from, or on macOS the
//                        copy of a forked child
template <class T>
class Listener {
 public:
  // One that was let in. A value like any other: with its receiver it can be
  // sent to another process, which then has `peer` by the sender's word. There
  // it no longer counts as a client of this listener.
  struct Client {
    Receiver<T> receiver;
    PeerIdentity peer;
  };

  // A listener to which clients can connect from now on. Does not block.
  //
  //   ALREADY_EXISTS      a live server has the name, or something that is no
  //                       socket lies at the path, or a file that is not empty
  //                       at that of the lock; or launchd has not read yet that
  //                       the last server of the name is gone
  //   INVALID_ARGUMENT    not a name, or one of another kind of system, or its
  //                       folder does not exist
  //   PERMISSION_DENIED   the folder of the path, or what lies there, is closed
  //                       to this user; launchd gives this process no such name
  //   RESOURCE_EXHAUSTED  short of descriptors, memory or disk
  static absl::StatusOr<Listener> Create(const ListenerOptions& options = {}) {
    absl::StatusOr<internal::RawListener> raw =
        internal::CreateRawListener(options, &PutClient);
    if (!raw.ok()) return raw.status();
    return Listener(*std::move(raw));
  }

  // What clients need to find it. A name that was made is printable, without
  // spaces.
  const std::string& name() const { return name_; }

  // Waits for a client for as long as it takes.
  absl::StatusOr<Client> Accept() { return clients_.Recv(); }

  // Does not wait: an empty optional if nobody is there. Looks at a bounded
  // number of clients that it refuses; behind these there may be one.
  absl::StatusOr<std::optional<Client>> TryAccept() {
    return clients_.TryRecv();
  }

  // Waits for a client for at most `timeout`.
  absl::StatusOr<Client> AcceptFor(absl::Duration timeout) {
    return clients_.RecvFor(timeout);
  }

  // Waits for a client until `deadline`.
  absl::StatusOr<Client> AcceptUntil(absl::Time deadline) {
    return clients_.RecvUntil(deadline);
  }

  // The same, and any thread may end the waiting by a request to stop:
  // CANCELLED, and no client is lost. Takes a descriptor, or two, for the time.
  absl::StatusOr<Client> Accept(const std::stop_token& stop) {
    return clients_.Recv(stop);
  }
  absl::StatusOr<Client> AcceptFor(absl::Duration timeout,
                                   const std::stop_token& stop) {
    return clients_.RecvFor(timeout, stop);
  }
  absl::StatusOr<Client> AcceptUntil(absl::Time deadline,
                                     const std::stop_token& stop) {
    return clients_.RecvUntil(deadline, stop);
  }

  // For loops that wait for other things too: transport::Receiver's functions
  // of these names (transport/receiver.h), whose contract holds as it is, with
  // TryAccept() for TryReceive().
  absl::StatusOr<transport::BorrowedFd> waitable() {
    return clients_.waitable();
  }
  static constexpr transport::Interest interest() {
    return transport::Receiver::interest();
  }
  absl::Time deadline() { return clients_.deadline(); }

  // The listener as a receiver of clients, for all that holds receivers: a
  // ReceiverSet, a loop, a coroutine. Destroying that destroys the listener; it
  // cannot be sent to another process (INVALID_ARGUMENT). This one is empty
  // afterwards, but for its name.
  Receiver<Client> ToReceiver() && { return std::move(clients_); }

 private:
  explicit Listener(internal::RawListener raw)
      : name_(std::move(raw.name)), clients_(std::move(raw.clients)) {}

  static absl::Status PutClient(transport::Receiver receiver,
                                const PeerIdentity& peer,
                                transport::Message& message) {
    Client client{Receiver<T>(std::move(receiver)), peer};
    return internal::PutValue(client, message);
  }

  std::string name_;
  Receiver<Client> clients_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_LISTENER_H_
