#ifndef IPC_CHANNEL_CHANNEL_RPC_SERVER_H_
#define IPC_CHANNEL_CHANNEL_RPC_SERVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/rpc/incoming_call.h"
#include "ipc_channel/channel/rpc/internal/answers.h"
#include "ipc_channel/channel/rpc/internal/message_refs.h"
#include "ipc_channel/channel/rpc/internal/server_core.h"
#include "ipc_channel/channel/rpc/messages.h"
#include "ipc_channel/channel/rpc/server_options.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::rpc {

// The server's side of one connection with a Client<Request, Response>
// (client.h):
//
//   auto server = rpc::Server<Question, Answer>::Create(std::move(ends));
//   if (!server.ok()) return server.status();
//   while (true) {
//     auto call = server->Next();
//     if (IsDisconnected(call.status())) return absl::OkStatus();
//     if (call.ok()) call->Respond(AnswerTo(call->request())).IgnoreError();
//   }
//
// Calls may be answered by other threads and in any order. One thread can serve
// any number of connections, each a Server, in any loop (docs/rpc.md).
//
// A request that is malformed, over a limit (those that the receiver of the
// connection was given) or lost is answered so, and one whose deadline has
// passed DEADLINE_EXCEEDED; neither is given. What limits the calls of a client
// that asks too much, or does not read its answers: server_options.h. Nothing
// waits for a client. One that sends more than 64 messages of another type is
// hung up on: the answers to these may lead back to where they came from.
//
// While a client is slow to read, answers wait in this process, and are sent by
// Next() and its kin: a loop calls TryNext() by deadline().
//
// Destroying it hangs up: the client is told when it has read what was sent,
// and so is who waits for the stop_token() of a call. Answers that wait for
// room are dropped, and answering a call gives UNAVAILABLE. It takes two
// descriptors beside those of the connection. A forked child must neither use
// nor destroy the copy that it has, or that of a call: it ends by _exit() or
// executes a program.
//
// Move-only; thread-compatible, and calls are independent of it.
template <class Request, class Response>
class Server {
  static_assert(!std::same_as<Response, absl::Status>,
                "ipc_channel: an absl::Status that is a response could not be "
                "told from an error; put it into a struct.");

 public:
  using Call = IncomingCall<Request, Response>;

  // Takes the connection, with what is queued in it. After an error it is still
  // the caller's.
  //
  //   FAILED_PRECONDITION  one of the ends is empty
  //   RESOURCE_EXHAUSTED   no memory, descriptors or kernel watches
  static absl::StatusOr<Server> Create(ServerEnds<Request, Response>&& ends,
                                       const ServerOptions& options = {}) {
    return transport::OrOutOfMemory([&]() -> absl::StatusOr<Server> {
      absl::StatusOr<std::unique_ptr<internal::ServerCore>> core =
          internal::ServerCore::Create(
              ends.sender.raw(), ends.receiver.raw(), options.max_calls,
              ipc_channel::internal::ContentFingerprint<ToServer<Request>>(),
              &internal::SendStatus<Response>);
      if (!core.ok()) return core.status();
      return Server(*std::move(core), ends.receiver.decode_limits());
    });
  }

  // Waits for a call for as long as it takes. All of these:
  //
  //   UNAVAILABLE          the client is gone, for good (IsDisconnected()), or
  //                        was hung up on: it did not read its answers, or did
  //                        not send requests. No calls follow
  //   DEADLINE_EXCEEDED    none until the deadline
  //   CANCELLED            a stop was requested, where one can be
  //   RESOURCE_EXHAUSTED   this process is short of memory or descriptors; a
  //                        call may have been lost, and answered so. Go on
  //   FAILED_PRECONDITION  this server was moved from
  absl::StatusOr<Call> Next() { return NextUntil(absl::InfiniteFuture()); }

  // Does not wait: an empty optional if there is none yet. Looks at a bounded
  // number of messages; behind these there may be one.
  absl::StatusOr<std::optional<Call>> TryNext() {
    absl::StatusOr<Call> call = NextUntil(absl::InfinitePast());
    if (call.ok()) return std::optional<Call>(*std::move(call));
    if (absl::IsDeadlineExceeded(call.status())) return std::optional<Call>();
    return call.status();
  }

  // Waits for at most `timeout`.
  absl::StatusOr<Call> NextFor(absl::Duration timeout) {
    return NextUntil(absl::Now() + timeout);
  }

  // Waits until `deadline`.
  absl::StatusOr<Call> NextUntil(absl::Time deadline) {
    return NextUntil(deadline, std::stop_token());
  }

  // The same, and any thread may end the waiting by a request to stop. No call
  // is lost.
  absl::StatusOr<Call> Next(const std::stop_token& stop) {
    return NextUntil(absl::InfiniteFuture(), stop);
  }
  absl::StatusOr<Call> NextFor(absl::Duration timeout,
                               const std::stop_token& stop) {
    return NextUntil(absl::Now() + timeout, stop);
  }
  absl::StatusOr<Call> NextUntil(absl::Time deadline,
                                 const std::stop_token& stop) {
    if (core_ == nullptr) {
      return absl::FailedPreconditionError("the server was moved from");
    }
    std::optional<Call> call;
    absl::Status status = core_->Next(
        [&](transport::Message& message, std::uint64_t serial) {
          Take(message, serial, call);
          return call.has_value();
        },
        deadline, stop);
    if (!status.ok()) return status;
    return *std::move(call);
  }

  // For loops that wait for other things too: transport::ReceiverSet's
  // functions of these names (transport/receiver_set.h), whose contract holds
  // as it is, with TryNext() for a Wait() that does not wait. After UNAVAILABLE
  // deadline() is InfinitePast().
  absl::StatusOr<transport::BorrowedFd> waitable() {
    if (core_ == nullptr) {
      return absl::FailedPreconditionError("the server was moved from");
    }
    return core_->waitable();
  }
  static constexpr transport::Interest interest() {
    return transport::Interest::kReadable;
  }
  absl::Time deadline() {
    return core_ == nullptr ? absl::InfinitePast() : core_->deadline();
  }

 private:
  Server(std::unique_ptr<internal::ServerCore> core,
         const serialize::DecodeLimits& limits)
      : core_(std::move(core)), limits_(limits) {}

  // Deals with a message; `call` is filled if it is one to be given.
  void Take(transport::Message& message, std::uint64_t serial,
            std::optional<Call>& call) {
    absl::StatusOr<ToServer<Request>> read =
        ipc_channel::internal::DecodeValue<ToServer<Request>>(message, limits_);
    if (!read.ok()) return core_->Refuse(serial, read.status());
    if (const Cancel* cancel = std::get_if<Cancel>(&read->what)) {
      return core_->answers()->Cancel(cancel->id);
    }
    Ask<Request>& ask = std::get<Ask<Request>>(read->what);
    if (ask.deadline <= absl::Now()) {
      return core_->Refuse(
          serial, absl::DeadlineExceededError(
                      "the deadline passed before the server had the call"));
    }
    std::shared_ptr<internal::CallInProgress> state =
        core_->answers()->Begin(serial);
    if (state == nullptr) {
      return core_->Refuse(serial, absl::ResourceExhaustedError(
                                       "too many calls of this client"));
    }
    call = Call(core_->answers(), std::move(state), ask.deadline,
                std::move(ask.request));
  }

  std::unique_ptr<internal::ServerCore> core_;
  serialize::DecodeLimits limits_;
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_SERVER_H_
