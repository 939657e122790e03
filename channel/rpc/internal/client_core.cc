#include "ipc_channel/channel/rpc/internal/client_core.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <utility>

#include "absl/base/config.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/internal/head.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/stoppable_wait.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::rpc::internal {
namespace {

// A wait that is late looks at no more messages than this, so that a server
// that floods its clients cannot hold one.
constexpr int kMostLateLooks = 64;

// Each call that is dropped leaves one answer at most; some more, to catch up.
constexpr int kLooksPerCancel = 3;

// A send that waits for room does not hear a request to stop. It is asked about
// as often as this.
constexpr absl::Duration kStopIsSeenIn = absl::Milliseconds(10);

// Who leads is woken by messages alone. One that leads to have a place does not
// hear of a call that is cancelled, which frees one, too, and looks as often.
constexpr absl::Duration kPlaceIsSeenIn = absl::Milliseconds(10);

// Without exceptions: who waits is in a list, and who leads or sends has to end
// that.
absl::Status Late() {
  return transport::OrOutOfMemory([] {
    return absl::DeadlineExceededError("no answer until the deadline");
  });
}
absl::Status Stopped() {
  return transport::OrOutOfMemory(
      [] { return absl::CancelledError("the caller asked to stop"); });
}
absl::Status NoAnswer() {
  return transport::OrOutOfMemory([] {
    return absl::DataLossError(
        "the server sent what is no answer; was it built with other "
        "definitions?");
  });
}

// Without an exception where there is no memory.
absl::Status Add(
    std::unordered_map<std::uint64_t, std::shared_ptr<Awaited>>& calls,
    std::uint64_t id, std::shared_ptr<Awaited> call) {
  return transport::OrOutOfMemory([&] {
    calls.emplace(id, std::move(call));
    return absl::OkStatus();
  });
}
absl::Status Add(std::deque<std::uint64_t>& ids, std::uint64_t id) {
  return transport::OrOutOfMemory([&] {
    ids.push_back(id);
    return absl::OkStatus();
  });
}

// What `send` gives. It runs code of the caller's types, whose exceptions must
// not end a turn to send for ever.
absl::Status OrInternal(absl::FunctionRef<absl::Status()> send) {
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    return send();
  } catch (...) {
    return transport::OrOutOfMemory(
        [] { return absl::InternalError("writing the request threw"); });
  }
#else
  return send();
#endif
}

// Calls `send` until it gives something else than that there was no room, or
// it is late, or a stop is requested.
absl::Status SendUntil(absl::FunctionRef<absl::Status(absl::Time)> send,
                       absl::Time deadline, const std::stop_token& stop) {
  if (!stop.stop_possible()) return send(deadline);
  while (true) {
    if (stop.stop_requested()) return Stopped();
    const absl::Time until = std::min(deadline, absl::Now() + kStopIsSeenIn);
    absl::Status sent = send(until);
    if (!absl::IsDeadlineExceeded(sent) || until == deadline) return sent;
  }
}

}  // namespace

ClientCore::ClientCore(transport::Sender sender, transport::Receiver receiver,
                       std::size_t max_calls, std::uint64_t answer_fingerprint,
                       SendCancelFunction send_cancel)
    : sender_(std::move(sender)),
      max_calls_(std::max<std::size_t>(max_calls, 1)),
      answer_fingerprint_(answer_fingerprint),
      send_cancel_(send_cancel),
      receiver_(std::move(receiver)) {}

absl::StatusOr<std::uint64_t> ClientCore::Start(std::shared_ptr<Awaited> call,
                                                SendAskFunction send,
                                                absl::Time deadline,
                                                const std::stop_token& stop) {
  // With a time of its own for "full": only InfinitePast() has another answer.
  deadline = std::max(deadline, absl::UnixEpoch());
  Waiter me;
  // Outside of the lock, which it takes; so it is destroyed outside, too.
  const std::stop_callback wake(stop, [this, &me] {
    const transport::MutexLock lock(mutex_);
    me.wake.NotifyOne();
  });
  const transport::MutexLock lock(mutex_);
  absl::Status status = Await(me, deadline, stop);
  if (!status.ok()) return status;
  is_sending_ = true;
  absl::StatusOr<std::uint64_t> id =
      StartInTurn(std::move(call), send, deadline, stop);
  is_sending_ = false;
  WakeWhoMay();
  return id;
}

// Must not throw: the turn has to end.
absl::StatusOr<std::uint64_t> ClientCore::StartInTurn(
    std::shared_ptr<Awaited> call, SendAskFunction send, absl::Time deadline,
    const std::stop_token& stop) {
  absl::Status status = SendCancels(deadline, stop);
  if (!status.ok()) return status;
  if (!ended_.ok()) return ended_;
  const std::uint64_t id = next_serial_;
  // Before it is sent: another thread may receive the answer at once.
  status = Add(calls_, id, std::move(call));
  if (!status.ok()) return status;
  mutex_.Unlock();
  status = OrInternal([&] {
    return SendUntil([&](absl::Time until) { return send(sender_, id, until); },
                     deadline, stop);
  });
  mutex_.Lock();
  if (!status.ok()) {
    calls_.erase(id);
    return status;
  }
  ++next_serial_;
  SendCancels(absl::InfinitePast(), std::stop_token()).IgnoreError();
  return id;
}

absl::Status ClientCore::Wait(const Awaited& call, absl::Time deadline,
                              const std::stop_token& stop) {
  Waiter me;
  me.call = &call;
  const std::stop_callback wake(stop, [this, &me] {
    const transport::MutexLock lock(mutex_);
    me.wake.NotifyOne();
  });
  const transport::MutexLock lock(mutex_);
  return Await(me, deadline, stop);
}

void ClientCore::Cancel(std::uint64_t id) {
  std::shared_ptr<Awaited> call;  // destroyed without the lock
  const transport::MutexLock lock(mutex_);
  if (!calls_.contains(id)) return;
  TakeWhatIsThere();
  const auto found = calls_.find(id);
  if (found != calls_.end()) {
    call = std::move(found->second);
    calls_.erase(found);
    // Without memory the server is not told: it answers, to nobody.
    Add(cancels_, id).IgnoreError();
    TrySendCancels();
  }
  WakeWhoMay();
}

// Who starts calls and drops them never waits for an answer, and answers that
// nobody receives would fill the channel.
void ClientCore::TakeWhatIsThere() {
  for (int look = 0; look < kLooksPerCancel && !is_led_; ++look) {
    if (!Lead(absl::InfinitePast(), std::stop_token()).value_or(false)) return;
  }
}

// Waits until what `me` waits for is there, and leads if nobody else does.
absl::Status ClientCore::Await(Waiter& me, absl::Time deadline,
                               const std::stop_token& stop) {
  if (IsMet(me)) return absl::OkStatus();
  waiters_.push_back(&me);
  absl::Status status;
  int late_looks = 0;
  while (status.ok() && !IsMet(me)) {
    if (!ended_.ok()) {
      status = ended_;
    } else if (stop.stop_requested()) {
      status = Stopped();
    } else if (!is_led_ && MayLead(me)) {
      const absl::Time until =
          me.call != nullptr ? deadline
                             : std::min(deadline, absl::Now() + kPlaceIsSeenIn);
      const absl::StatusOr<bool> found = Lead(until, stop);
      status = found.status();
      if (status.ok() && absl::Now() >= deadline &&
          (!*found || ++late_looks >= kMostLateLooks)) {
        status = Late();
      }
    } else if (absl::Now() >= deadline) {
      status = Late();
    } else {
      // It may have led, or been woken to lead, and there is nothing in it for
      // this one any more.
      if (!is_led_) WakeWhoMay();
      me.wake.WaitUntil(mutex_, deadline);
    }
  }
  std::erase(waiters_, &me);
  WakeWhoMay();
  return IsMet(me) ? absl::OkStatus() : status;
}

bool ClientCore::IsMet(const Waiter& waiter) const {
  if (waiter.call != nullptr) return waiter.call->is_done_;
  return ended_.ok() && !is_sending_ && calls_.size() < max_calls_;
}

// A message can bring an answer, and by that a place; it ends no turn. Who
// waited for that in a receive would not be woken by its end.
bool ClientCore::MayLead(const Waiter& waiter) const {
  return waiter.call != nullptr ||
         (!is_sending_ && calls_.size() >= max_calls_);
}

// Wakes those who have what they wait for, and one to lead if nobody does.
void ClientCore::WakeWhoMay() {
  bool needs_leader = !is_led_;
  for (Waiter* const waiter : waiters_) {
    if (IsMet(*waiter) || !ended_.ok()) {
      waiter->wake.NotifyOne();
    } else if (needs_leader && MayLead(*waiter)) {
      needs_leader = false;
      waiter->wake.NotifyOne();
    }
  }
}

// Receives one message for all, if one comes in time. False if none did, which
// may be before the deadline.
absl::StatusOr<bool> ClientCore::Lead(absl::Time deadline,
                                      const std::stop_token& stop) {
  is_led_ = true;
  mutex_.Unlock();
  absl::Status lost;
  absl::StatusOr<bool> received = Receive(deadline, stop, lost);
  mutex_.Lock();
  if (received.ok() && *received) HandOut();
  if (transport::IsDisconnected(lost)) ended_ = lost;
  if (!lost.ok()) FailAll(lost);
  // A server that answers reads, too, so that there may be room by now.
  TrySendCancels();
  WakeWhoMay();
  is_led_ = false;
  if (!received.ok()) return received.status();
  return *received || !lost.ok();
}

// True with a message in `message_`; false, and `lost` says so, if one was
// lost. Errors are of who waits here and of nobody else.
absl::StatusOr<bool> ClientCore::Receive(absl::Time deadline,
                                         const std::stop_token& stop,
                                         absl::Status& lost) {
  if (!stop.stop_possible()) {
    lost = receiver_.Receive(message_, deadline);
    if (lost.ok()) return true;
    if (absl::IsDeadlineExceeded(lost)) lost = absl::OkStatus();
    return false;
  }
  const absl::StatusOr<bool> there = receiver_.TryReceive(message_);
  lost = there.status();
  if (!there.ok() || *there || absl::Now() >= deadline) {
    return there.ok() && *there;
  }
  const absl::StatusOr<transport::BorrowedFd> waitable = receiver_.waitable();
  if (!waitable.ok()) return waitable.status();
  const absl::Time look_at = std::min(deadline, receiver_.deadline());
  if (look_at == absl::InfinitePast()) return false;
  absl::Status waited = transport::OrOutOfMemory(
      [&] { return transport::WaitForReadable(*waitable, look_at, stop); });
  if (waited.ok() || absl::IsDeadlineExceeded(waited)) return false;
  return waited;
}

// Gives the message to the call that it answers, if there is one.
void ClientCore::HandOut() {
  const std::optional<std::uint64_t> id =
      ReadHead(message_.payload(), answer_fingerprint_);
  if (!id.has_value()) {
    FailAll(NoAnswer());
  }
  const auto found = id.has_value() ? calls_.find(*id) : calls_.end();
  if (found == calls_.end()) {
    mutex_.Unlock();
    message_.Clear();  // closes handles
    mutex_.Lock();
    return;
  }
  std::shared_ptr<Awaited> call = std::move(found->second);
  calls_.erase(found);
  mutex_.Unlock();
  call->Take(message_);
  mutex_.Lock();
  call->is_done_ = true;
  // If it was dropped meanwhile, this destroys a response, which may call.
  mutex_.Unlock();
  call.reset();
  mutex_.Lock();
}

void ClientCore::FailAll(const absl::Status& status) {
  for (const auto& [id, call] : calls_) {
    call->Fail(status);
    call->is_done_ = true;
  }
  calls_.clear();
}

// In a turn of its own, without waiting for one.
void ClientCore::TrySendCancels() {
  if (cancels_.empty() || is_sending_) return;
  is_sending_ = true;
  SendCancels(absl::InfinitePast(), std::stop_token()).IgnoreError();
  is_sending_ = false;
}

// In a turn to send. Stops at the first that cannot be sent.
absl::Status ClientCore::SendCancels(absl::Time deadline,
                                     const std::stop_token& stop) {
  while (!cancels_.empty()) {
    const std::uint64_t serial = next_serial_;
    const std::uint64_t id = cancels_.front();
    mutex_.Unlock();
    absl::Status sent = SendUntil(
        [&](absl::Time until) {
          return send_cancel_(sender_, serial, id, until);
        },
        deadline, stop);
    mutex_.Lock();
    if (!sent.ok()) return sent;
    ++next_serial_;
    cancels_.pop_front();
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel::rpc::internal
