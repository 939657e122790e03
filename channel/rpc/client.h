#ifndef IPC_CHANNEL_CHANNEL_RPC_CLIENT_H_
#define IPC_CHANNEL_CHANNEL_RPC_CLIENT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/rpc/client_options.h"
#include "ipc_channel/channel/rpc/internal/answer.h"
#include "ipc_channel/channel/rpc/internal/client_core.h"
#include "ipc_channel/channel/rpc/internal/message_refs.h"
#include "ipc_channel/channel/rpc/messages.h"
#include "ipc_channel/channel/rpc/pending_call.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::rpc {

// Asks a Server<Request, Response> (server.h), over a connection of its own:
//
//   auto ends = ConnectDuplex<rpc::ToServer<Question>, rpc::ToClient<Answer>>(
//       name, deadline);
//   if (!ends.ok()) return ends.status();
//   auto oracle = rpc::Client<Question, Answer>::Create(*std::move(ends));
//   if (!oracle.ok()) return oracle.status();
//   absl::StatusOr<Answer> answer =
//       oracle->Call({"why?"}, {.deadline = absl::Now() + absl::Seconds(1)});
//
// Any number of threads may call at the same time over the one connection: each
// answer goes to the call that it is of, whatever their order. There is no
// thread behind it: one of those who wait receives for all. Nobody waits longer
// for it than for his own answer.
//
// Destroying the client, and every PendingCall of it, hangs up, and the server
// is told. What limits the receiver of the connection was given (decode_limits,
// raw().SetMaxMessageBytes()) hold for answers.
//
// Move-only; calls are thread-safe, moving and destroying are
// thread-compatible.
//
// All calls:
//
//   UNAVAILABLE          the server is gone: there will be no answer, and it is
//                        not known what became of the request
//                        (IsDisconnected()). Comes from the channel, never from
//                        what a server says
//   DEADLINE_EXCEEDED    no answer until the deadline, or not even a place or
//                        room for the request; the server is told, if it has
//                        the request
//   CANCELLED            the same, as a stop was requested
//   DATA_LOSS            an answer came that is none, or over a limit: the one
//                        to this call, or one of which it is not known to which
//                        call: then every call that waits says so
//   RESOURCE_EXHAUSTED   this process is short of memory or descriptors. If
//                        that was so for an answer, it was lost; every call
//                        that waits says so, since it is not known to which
//                        call it was
//   what a send says     of the request: OUT_OF_RANGE, INVALID_ARGUMENT,
//                        PERMISSION_DENIED, INTERNAL (sender.h), the last also
//                        if writing it throws
//   what the server says ServerCode() (server_status.h) tells this from all
//                        others, and what becomes of UNAVAILABLE
//   FAILED_PRECONDITION  this client was moved from
//
// A request is given as to a Sender's Send(): by std::move() if it owns
// receivers or descriptors, and then it loses its handles when it has been sent
// and is as it was if it could not be.
template <class Request, class Response>
class Client {
  static_assert(!std::same_as<Response, absl::Status>,
                "ipc_channel: an absl::Status that is a response could not be "
                "told from an error; put it into a struct.");

 public:
  // Takes the connection, with what is queued in it. After an error it is still
  // the caller's.
  //
  //   FAILED_PRECONDITION  one of the ends is empty
  //   RESOURCE_EXHAUSTED   no memory
  static absl::StatusOr<Client> Create(ClientEnds<Request, Response>&& ends,
                                       const ClientOptions& options = {}) {
    if (!ends.sender.valid() || !ends.receiver.valid()) {
      return absl::FailedPreconditionError("an end of the client is empty");
    }
    return transport::OrOutOfMemory([&]() -> absl::StatusOr<Client> {
      auto core = std::make_shared<internal::ClientCore>(
          std::move(ends.sender.raw()), std::move(ends.receiver.raw()),
          options.max_calls,
          ipc_channel::internal::ContentFingerprint<ToClient<Response>>(),
          &internal::SendCancel<Request>);
      return Client(std::move(core), ends.receiver.decode_limits());
    });
  }

  // Sends `request` and waits for the answer.
  absl::StatusOr<Response> Call(const Request& request,
                                const CallOptions& options = {}) const {
    return Finish(Start(request, options));
  }
  absl::StatusOr<Response> Call(Request&& request,
                                const CallOptions& options = {}) const {
    return Finish(Start(std::move(request), options));
  }

  // Sends `request`; the answer is to be had from what this gives. Waits for a
  // place among the calls (ClientOptions::max_calls) and for room in the
  // channel, and while it waits for a place it receives for others.
  absl::StatusOr<PendingCall<Response>> Start(
      const Request& request, const CallOptions& options = {}) const {
    static_assert(
        !ipc_channel::internal::MustBeMoved<Request>(),
        "ipc_channel: a request that owns receivers or descriptors is sent by "
        "std::move(), since sending takes them out of it.");
    return StartLending(request, internal::Lending::kShare, options);
  }
  absl::StatusOr<PendingCall<Response>> Start(
      Request&& request, const CallOptions& options = {}) const {
    return StartLending(request, internal::Lending::kMove, options);
  }

 private:
  Client(std::shared_ptr<internal::ClientCore> core,
         const serialize::DecodeLimits& limits)
      : core_(std::move(core)), limits_(limits) {}

  static absl::StatusOr<Response> Finish(
      absl::StatusOr<PendingCall<Response>> call) {
    if (!call.ok()) return call.status();
    return call->Get();
  }

  absl::StatusOr<PendingCall<Response>> StartLending(
      const Request& request, internal::Lending lending,
      const CallOptions& options) const {
    return transport::OrOutOfMemory(
        [&] { return StartOrThrow(request, lending, options); });
  }

  absl::StatusOr<PendingCall<Response>> StartOrThrow(
      const Request& request, internal::Lending lending,
      const CallOptions& options) const {
    if (core_ == nullptr) {
      return absl::FailedPreconditionError("the client was moved from");
    }
    if (absl::Now() >= options.deadline) {
      return absl::DeadlineExceededError("the deadline passed before the call");
    }
    auto answer = std::make_shared<internal::Answer<Response>>(limits_);
    const auto send = [&](const transport::Sender& sender, std::uint64_t serial,
                          absl::Time deadline) {
      return internal::SendAsk(sender, serial, options.deadline, request,
                               lending, deadline);
    };
    absl::StatusOr<std::uint64_t> id =
        core_->Start(answer, send, options.deadline, options.stop);
    if (!id.ok()) return id.status();
    return PendingCall<Response>(core_, std::move(answer), *id, options);
  }

  std::shared_ptr<internal::ClientCore> core_;
  serialize::DecodeLimits limits_;
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_CLIENT_H_
