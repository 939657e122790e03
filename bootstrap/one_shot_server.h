#ifndef IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_SERVER_H_
#define IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_SERVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {

// What one message from a client may cost a one-shot server, and the receiver
// that it gives: Receiver<T> and transport::Receiver say what each means. And
// what it is called. A value type.
struct OneShotServerOptions {
  serialize::DecodeLimits decode_limits;  // no effect on bytes
  std::size_t max_message_bytes = transport::kDefaultMaxMessageBytes;
  std::size_t max_message_handles = transport::kMaxMessageHandles;

  // How the name begins on macOS; as in ListenerOptions.
  std::string name_prefix = "ipc_channel.";
};

// First contact between two processes: one makes a server and gives its name to
// the other (in the environment, an argument, a file), which calls Connect()
// (connect.h) and sends a T, most often with a sender in it to be answered on.
//
// The name is random and leaves nothing behind, however the process ends:
// on Linux it is an abstract socket name, which does not cross network
// namespaces. It is no secret there: every process can list such names
// (/proc/net/unix). On macOS it is one of launchd's, in the domain of this
// process. Only processes of the same effective user are served, and
// of these the first that sends a T; processes of others can keep its queue
// full, so that Connect() has to try again.
//
// Move-only; thread-compatible. Destroying the server refuses whoever comes,
// unless a forked child still holds a copy of it: exec, or fork before.
template <class T>
class OneShotServer {
 public:
  // The client that was served.
  struct Accepted {
    Receiver<T> receiver;  // of what it sends after `first`
    T first;
    PeerIdentity peer;
  };

  // A server with a new name, to which clients can connect from now on. Does
  // not block. RESOURCE_EXHAUSTED without descriptors or memory. On macOS:
  // PERMISSION_DENIED if launchd gives this process no such name (a sandbox),
  // INVALID_ARGUMENT for a prefix that no name can have.
  static absl::StatusOr<OneShotServer> Create(
      const OneShotServerOptions& options = {}) {
    return transport::OrOutOfMemory([&]() -> absl::StatusOr<OneShotServer> {
      absl::StatusOr<std::unique_ptr<internal::OneShotListener>> listener =
          internal::CreateOneShotListener(
              {.bytes = options.max_message_bytes,
               .handles = options.max_message_handles},
              options.name_prefix);
      if (!listener.ok()) return listener.status();
      return OneShotServer(*std::move(listener), options.decode_limits);
    });
  }

  // What the client needs to find this server; printable, without spaces.
  const std::string& name() const { return name_; }

  // Waits until `deadline` for a client and its first value. A client that
  // stays silent, dies, sends something else than a T or belongs to another
  // user costs the server nothing but itself: the next one is served. One that
  // connected, sent and was gone before this call is served too. Where
  // descriptors are short, a process that has several silent clients here
  // keeps one of them.
  //
  // Nothing tells it that a child it waits for has died before it connected:
  // whoever started one gives short deadlines and looks after the child between
  // them (examples/wordcount/remote_worker.cc).
  //
  // A first value over the limits of the options is something else than a T.
  // The receiver has these limits, too. One that this process has no memory or
  // descriptors to take is dropped with its client, and the next one is served.
  //
  // After OK the server is used up: its name is free, and other clients are
  // refused. After any other status it can be used again.
  //   CANCELLED            a stop was requested: any thread may do so, before
  //                        or during the call
  //   DEADLINE_EXCEEDED    nobody to serve until the deadline; the message says
  //                        how many were dropped, and why the last one was
  //   RESOURCE_EXHAUSTED   short of descriptors or memory: a client may have
  //                        been lost for want of memory
  //   UNAVAILABLE          in a forked child only: the parent's is used up
  //   FAILED_PRECONDITION  used up, or moved from; on macOS also the copy of a
  //                        forked child
  absl::StatusOr<Accepted> Accept(absl::Time deadline = absl::InfiniteFuture(),
                                  const std::stop_token& stop = {}) {
    return transport::OrOutOfMemory(
        [&] { return AcceptOrThrow(deadline, stop); });
  }

 private:
  OneShotServer(std::unique_ptr<internal::OneShotListener> listener,
                const serialize::DecodeLimits& decode_limits)
      : name_(listener->name()),
        decode_limits_(decode_limits),
        listener_(std::move(listener)) {}

  absl::StatusOr<Accepted> AcceptOrThrow(absl::Time deadline,
                                         const std::stop_token& stop) {
    if (listener_ == nullptr) {
      return absl::FailedPreconditionError("the server was moved from");
    }
    std::optional<T> first;
    const auto take_first = [&](transport::Message& message) {
      absl::StatusOr<T> value =
          internal::DecodeValue<T>(message, decode_limits_);
      if (value.ok()) first.emplace(*std::move(value));
      return value.status();
    };
    absl::StatusOr<internal::OneShotListener::Accepted> accepted =
        listener_->Accept(take_first, deadline, stop);
    if (!accepted.ok()) return accepted.status();
    Receiver<T> receiver(std::move(accepted->receiver));
    if constexpr (requires { receiver.SetDecodeLimits(decode_limits_); }) {
      receiver.SetDecodeLimits(decode_limits_);
    }
    return Accepted{std::move(receiver), *std::move(first), accepted->peer};
  }

  std::string name_;
  serialize::DecodeLimits decode_limits_;
  std::unique_ptr<internal::OneShotListener> listener_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_ONE_SHOT_SERVER_H_
