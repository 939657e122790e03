#ifndef IPC_CHANNEL_CHANNEL_RPC_PENDING_CALL_H_
#define IPC_CHANNEL_CHANNEL_RPC_PENDING_CALL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/client_options.h"
#include "ipc_channel/channel/rpc/internal/answer.h"
#include "ipc_channel/channel/rpc/internal/client_core.h"

namespace ipc_channel::rpc {

// A call that has been sent, and whose answer is to be had here, once: what
// Client::Start() gives (client.h). It is over when a Get has given the answer,
// or has said that there will be none.
//
// Destroying it, or assigning another, before it is over cancels the call: the
// server is told, without waiting (where the channel is full, when there is
// room and the client sends or receives), and an answer that still comes is
// dropped. It keeps the connection up, like the client that it is of and may
// outlive.
//
// Move-only; thread-compatible: two calls may be waited for at the same time.
//
// All Gets wait no longer than until the deadline of the call, and give what
// Client::Call() gives, and:
//
//   DEADLINE_EXCEEDED    no answer until the deadline of the call, which is
//                        over; or, before that, until the one given to the Get:
//                        then it goes on. is_over() tells
//   FAILED_PRECONDITION  it was over, or moved from
template <class Response>
class [[nodiscard]] PendingCall {
 public:
  // One that is over.
  PendingCall() = default;
  PendingCall(PendingCall&& other) noexcept
      : core_(std::move(other.core_)),
        answer_(std::move(other.answer_)),
        id_(other.id_),
        options_(std::move(other.options_)) {}
  PendingCall& operator=(PendingCall&& other) noexcept {
    PendingCall former(std::move(other));
    std::swap(core_, former.core_);
    std::swap(answer_, former.answer_);
    std::swap(id_, former.id_);
    std::swap(options_, former.options_);
    return *this;
  }
  ~PendingCall() {
    if (!is_over()) End();
  }

  bool is_over() const { return core_ == nullptr; }

  // Waits for the answer.
  absl::StatusOr<Response> Get() { return GetUntil(absl::InfiniteFuture()); }

  // Does not wait: an empty optional if there is no answer yet, and the call
  // goes on.
  absl::StatusOr<std::optional<Response>> TryGet() {
    absl::StatusOr<Response> response = GetUntil(absl::InfinitePast());
    if (response.ok()) return std::optional<Response>(*std::move(response));
    if (absl::IsDeadlineExceeded(response.status()) && !is_over()) {
      return std::optional<Response>();
    }
    return response.status();
  }

  // Waits for the answer for at most `timeout`.
  absl::StatusOr<Response> GetFor(absl::Duration timeout) {
    return GetUntil(absl::Now() + timeout);
  }

  // Waits for the answer until `deadline`.
  absl::StatusOr<Response> GetUntil(absl::Time deadline) {
    if (is_over()) return absl::FailedPreconditionError("the call is over");
    absl::Status waited = transport::OrOutOfMemory([&] {
      return core_->Wait(*answer_, std::min(deadline, options_.deadline),
                         options_.stop);
    });
    if (!waited.ok()) {
      const bool is_late =
          absl::IsDeadlineExceeded(waited) && absl::Now() >= options_.deadline;
      if (is_late || absl::IsCancelled(waited)) End();
      return waited;
    }
    const std::shared_ptr<internal::Answer<Response>> answer =
        std::move(answer_);
    core_.reset();
    return std::move(*answer).Result();
  }

 private:
  template <class, class>
  friend class Client;

  PendingCall(std::shared_ptr<internal::ClientCore> core,
              std::shared_ptr<internal::Answer<Response>> answer,
              std::uint64_t id, const CallOptions& options)
      : core_(std::move(core)),
        answer_(std::move(answer)),
        id_(id),
        options_(options) {}

  void End() {
    core_->Cancel(id_);
    core_.reset();
    answer_.reset();
  }

  std::shared_ptr<internal::ClientCore> core_;  // null once it is over
  std::shared_ptr<internal::Answer<Response>> answer_;
  std::uint64_t id_ = 0;
  CallOptions options_;
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_PENDING_CALL_H_
