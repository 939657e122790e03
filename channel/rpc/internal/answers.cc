#include "ipc_channel/channel/rpc/internal/answers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::rpc::internal {
namespace {

using transport::MutexLock;

// How long after a try that found no room the next one is. A client that reads
// is never more than the first behind; one that does not costs less and less.
constexpr absl::Duration kFirstPause = absl::Milliseconds(1);
constexpr absl::Duration kLongestPause = absl::Milliseconds(100);

absl::Status ClientGone() {
  return transport::DisconnectedError("the client is gone");
}

// Null without memory.
std::shared_ptr<CallInProgress> AddTo(
    std::unordered_map<std::uint64_t, std::shared_ptr<CallInProgress>>& calls,
    std::uint64_t id) {
  std::shared_ptr<CallInProgress> call;
  const absl::Status added = transport::OrOutOfMemory([&] {
    call = std::make_shared<CallInProgress>(id);
    calls.emplace(id, call);
    return absl::OkStatus();
  });
  return added.ok() ? call : nullptr;
}

class DeferredStatus final : public DeferredAnswer {
 public:
  DeferredStatus(std::uint64_t id, absl::Status status, SendStatusFunction send)
      : DeferredAnswer(id), status_(std::move(status)), send_(send) {}

  absl::Status TrySend(const transport::Sender& sender) override {
    return send_(sender, id(), status_);
  }

 private:
  const absl::Status status_;
  const SendStatusFunction send_;
};

}  // namespace

Answers::Answers(transport::Sender sender, transport::Sender bell,
                 std::size_t max_calls, SendStatusFunction send_status)
    : bell_(std::move(bell)),
      max_calls_(std::max<std::size_t>(max_calls, 1)),
      send_status_(send_status),
      sender_(std::move(sender)) {}

std::shared_ptr<CallInProgress> Answers::Begin(std::uint64_t id) {
  const MutexLock lock(mutex_);
  if (calls_.size() + waiting_.size() >= max_calls_) return nullptr;
  return AddTo(calls_, id);
}

bool Answers::Refuse(std::uint64_t id, absl::Status status) {
  transport::Sender sender;
  {
    const MutexLock lock(mutex_);
    if (!sender_.valid()) return true;
    // These may be as many again as the calls.
    if (waiting_.size() >= 2 * max_calls_) return false;
    if (waiting_.empty()) sender = sender_;
  }
  if (sender.valid()) {
    const absl::Status sent = send_status_(sender, id, status);
    if (sent.ok() || transport::IsDisconnected(sent)) return true;
  }
  Waiting answer;
  answer.push_back(DeferStatus(id, std::move(status)));
  Defer(answer);
  return true;
}

absl::Status Answers::Answer(const CallInProgress& call,
                             TrySendFunction try_send, DeferFunction defer) {
  transport::Sender sender;
  bool is_behind_others = false;
  {
    const MutexLock lock(mutex_);
    if (!sender_.valid()) return ClientGone();
    sender = sender_;
    is_behind_others = !waiting_.empty();
  }
  if (call.gone.stop_requested()) {
    Forget(call);
    return absl::CancelledError("the client has cancelled the call");
  }
  if (!is_behind_others) {
    absl::Status sent = try_send(sender);
    if (sent.ok() || transport::IsDisconnected(sent)) Forget(call);
    if (!transport::IsFull(sent)) return sent;
  }
  Waiting answer;
  answer.push_back(defer());
  if (!Forget(call)) return ClientGone();
  Defer(answer);
  return absl::OkStatus();
}

absl::Status Answers::AnswerStatus(const CallInProgress& call,
                                   absl::Status status) {
  return Answer(
      call,
      [&](const transport::Sender& sender) {
        return send_status_(sender, call.id, status);
      },
      [&] { return DeferStatus(call.id, status); });
}

void Answers::Abandon(const CallInProgress& call) {
  const absl::Status told = transport::OrOutOfMemory([&] {
    return AnswerStatus(
        call, absl::AbortedError("the server dropped the call unanswered"));
  });
  if (told.ok() || absl::IsCancelled(told)) return;
  Close();
  Wake();
}

void Answers::Cancel(std::uint64_t id) {
  std::shared_ptr<CallInProgress> call;
  {
    const MutexLock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    call = found->second;
  }
  call->gone.request_stop();  // calls what waits for that
}

void Answers::Close() {
  // Destroyed, and told, without the lock.
  transport::Sender sender;
  Waiting waiting;
  std::unordered_map<std::uint64_t, std::shared_ptr<CallInProgress>> calls;
  {
    const MutexLock lock(mutex_);
    std::swap(sender, sender_);
    std::swap(waiting, waiting_);
    std::swap(calls, calls_);
    next_flush_ = absl::InfiniteFuture();
  }
  for (const auto& [id, call] : calls) call->gone.request_stop();
}

bool Answers::is_closed() const {
  const MutexLock lock(mutex_);
  return !sender_.valid();
}

void Answers::Flush() {
  while (true) {
    Waiting answer;
    transport::Sender sender;
    {
      const MutexLock lock(mutex_);
      if (waiting_.empty() || absl::Now() < next_flush_) return;
      answer.splice(answer.end(), waiting_, waiting_.begin());
      sender = sender_;
    }
    const absl::Status sent = SendDeferred(answer.front(), sender);
    const MutexLock lock(mutex_);
    if (sent.ok() || transport::IsDisconnected(sent) || !sender_.valid()) {
      pause_ = kFirstPause;
      if (waiting_.empty()) next_flush_ = absl::InfiniteFuture();
      continue;
    }
    waiting_.splice(waiting_.begin(), answer);
    next_flush_ = absl::Now() + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    return;
  }
}

absl::Time Answers::next_flush() const {
  const MutexLock lock(mutex_);
  return next_flush_;
}

void Answers::Wake() const {
  // Full: it has been woken.
  bell_.Send({}, absl::InfinitePast()).IgnoreError();
}

// Puts the one answer in the list with those that wait.
void Answers::Defer(Waiting& answer) {
  {
    const MutexLock lock(mutex_);
    if (!sender_.valid()) return;
    const bool is_first = waiting_.empty();
    waiting_.splice(waiting_.end(), answer);
    if (!is_first) return;
    pause_ = kFirstPause;
    next_flush_ = absl::Now() + pause_;
  }
  Wake();
}

// False if it was forgotten before, when the client was.
bool Answers::Forget(const CallInProgress& call) {
  const MutexLock lock(mutex_);
  return calls_.erase(call.id) != 0;
}

std::unique_ptr<DeferredAnswer> Answers::DeferStatus(
    std::uint64_t id, absl::Status status) const {
  return std::make_unique<DeferredStatus>(id, std::move(status), send_status_);
}

// A response that cannot be sent, however much room there is, is one that the
// client must not wait for: its place is taken by the reason.
absl::Status Answers::SendDeferred(std::unique_ptr<DeferredAnswer>& answer,
                                   const transport::Sender& sender) const {
  absl::Status sent = answer->TrySend(sender);
  if (sent.ok() || transport::IsFull(sent) || transport::IsDisconnected(sent)) {
    return sent;
  }
  return transport::OrOutOfMemory([&] {
    answer = DeferStatus(
        answer->id(),
        absl::Status(sent.code(), absl::StrCat("the response cannot be sent: ",
                                               sent.message())));
    return answer->TrySend(sender);
  });
}

}  // namespace ipc_channel::rpc::internal
