#ifndef IPC_CHANNEL_CHANNEL_RPC_INCOMING_CALL_H_
#define IPC_CHANNEL_CHANNEL_RPC_INCOMING_CALL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/internal/answers.h"
#include "ipc_channel/channel/rpc/internal/message_refs.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::rpc {

template <class Request, class Response>
class Server;

namespace internal {

template <class Response>
class DeferredResponse final : public DeferredAnswer {
 public:
  DeferredResponse(std::uint64_t id, Response response)
      : DeferredAnswer(id), response_(std::move(response)) {}

  absl::Status TrySend(const transport::Sender& sender) override {
    return SendResponse(sender, id(), response_, Lending::kMove);
  }

 private:
  Response response_;
};

}  // namespace internal

// A call that a client waits for: what Server::Next() gives (server.h). To be
// answered once, in any thread, before or after the server gives others, and
// also when the server is gone. One that is destroyed unanswered is answered
// ABORTED, so that nobody waits for ever.
//
// Move-only; thread-compatible, but for stop_token(), which is as any.
//
// The two answers never wait for the client. OK means that it is sent, or waits
// in this process for room in the channel, and is sent from Server::Next() and
// its kin, or in place of the next answer, later. After any of these the call
// is answered and this is good for nothing but being assigned to:
//
//   OK
//   UNAVAILABLE          the client is gone, or the server
//   CANCELLED            the client has cancelled the call
//
// After any other nothing was sent or taken, and the call still is to be
// answered:
//
//   OUT_OF_RANGE, INVALID_ARGUMENT, PERMISSION_DENIED, INTERNAL
//                        as for a Sender's send (sender.h)
//   RESOURCE_EXHAUSTED   this process is short of memory or descriptors
//   FAILED_PRECONDITION  it was answered, or moved from
//
// A response that waited and cannot be sent then, is replaced by the status.
template <class Request, class Response>
class IncomingCall {
 public:
  // One that was answered.
  IncomingCall() = default;
  IncomingCall(IncomingCall&&) noexcept = default;
  IncomingCall& operator=(IncomingCall&& other) noexcept {
    IncomingCall former(std::move(other));
    std::swap(answers_, former.answers_);
    std::swap(call_, former.call_);
    std::swap(deadline_, former.deadline_);
    std::swap(request_, former.request_);
    return *this;
  }
  ~IncomingCall() {
    if (!is_answered()) answers_->Abandon(*call_);
  }

  bool is_answered() const { return answers_ == nullptr; }

  // What the client asks. Yours, to be moved from.
  Request& request() { return request_; }
  const Request& request() const { return request_; }

  // Until when the client waits, by what it says, and by the system's clock;
  // InfiniteFuture() if it says nothing. Nothing happens here when it passes.
  absl::Time deadline() const { return deadline_; }

  // Whether nobody waits for the answer any more: the client has cancelled the
  // call, or is gone, or this side has hung up. Both are learnt by Next() and
  // its kin, and so while a thread is in these, or calls TryNext() from time to
  // time.
  bool cancelled() const { return call_ == nullptr || WaitsForNobody(); }

  // The same to wait for: a stop is requested in the thread that learns it. One
  // of a call that was answered has none.
  std::stop_token stop_token() const {
    return call_ == nullptr ? std::stop_token() : call_->gone.get_token();
  }

  // Answers with a response: by std::move() if it owns receivers or
  // descriptors, and then it loses what it owns.
  absl::Status Respond(Response&& response) {
    return End([&] {
      return answers_->Answer(
          *call_,
          [&](const transport::Sender& sender) {
            return internal::SendResponse(sender, call_->id, response,
                                          internal::Lending::kMove);
          },
          [&] {
            return std::make_unique<internal::DeferredResponse<Response>>(
                call_->id, std::move(response));
          });
    });
  }
  absl::Status Respond(
      const Response& response) requires std::copy_constructible<Response> {
    return End([&] {
      return answers_->Answer(
          *call_,
          [&](const transport::Sender& sender) {
            return internal::SendResponse(sender, call_->id, response,
                                          internal::Lending::kShare);
          },
          [&] {
            return std::make_unique<internal::DeferredResponse<Response>>(
                call_->id, response);
          });
    });
  }

  // Answers that there is no response. It arrives as server_status.h says; OK
  // is INTERNAL, for want of a response.
  absl::Status Fail(absl::Status status) {
    return End([&] {
      if (status.ok()) {
        status = absl::InternalError("the server failed with OK");
      }
      return answers_->AnswerStatus(*call_, status);
    });
  }

 private:
  friend class Server<Request, Response>;

  IncomingCall(std::shared_ptr<internal::Answers> answers,
               std::shared_ptr<const internal::CallInProgress> call,
               absl::Time deadline, Request request)
      : answers_(std::move(answers)),
        call_(std::move(call)),
        deadline_(deadline),
        request_(std::move(request)) {}

  bool WaitsForNobody() const { return call_->gone.stop_requested(); }

  template <class Operation>
  absl::Status End(Operation answer) {
    if (is_answered()) {
      return absl::FailedPreconditionError("the call was answered");
    }
    absl::Status status = transport::OrOutOfMemory(answer);
    if (status.ok() || absl::IsUnavailable(status) ||
        absl::IsCancelled(status)) {
      answers_.reset();
      call_.reset();
    }
    return status;
  }

  std::shared_ptr<internal::Answers> answers_;  // null once it is answered
  std::shared_ptr<const internal::CallInProgress> call_;
  absl::Time deadline_ = absl::InfiniteFuture();
  Request request_ = Request();
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_INCOMING_CALL_H_
