#include "ipc_channel/transport/receiver_set.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/new_set_waiter.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestPause = absl::Milliseconds(100);

// Copies share their text: whoever looks again and again allocates nothing.
// Never destroyed, as FullError() is not.
absl::Status NothingCame() {
  static const absl::Status& nothing = *new absl::Status(
      absl::DeadlineExceededError("nothing on any channel in time"));
  return nothing;
}

}  // namespace

absl::StatusOr<ReceiverSet::Id> ReceiverSet::Add(Receiver&& receiver) {
  if (!receiver.valid()) {
    return absl::InvalidArgumentError("an empty receiver cannot be in a set");
  }
  return OrOutOfMemory([&] { return AddOrThrow(std::move(receiver)); });
}

absl::StatusOr<ReceiverSet::Id> ReceiverSet::AddOrThrow(Receiver&& receiver) {
  if (waiter_ == nullptr) waiter_ = NewSetWaiter();
  pausing_.reserve(members_.size() + 1);
  const Id id = last_id_ + 1;
  // Nothing is to fail any more once it is watched.
  const auto member = members_.try_emplace(id).first;
  absl::Cleanup undo = [&] { members_.erase(member); };
  absl::Status added = waiter_->Add(id, *receiver.lane());
  if (!added.ok()) return added;
  std::move(undo).Cancel();
  member->second.receiver = std::move(receiver);
  last_id_ = id;
  return id;
}

absl::StatusOr<Receiver> ReceiverSet::Remove(Id id) {
  const auto found = members_.find(id);
  if (found == members_.end()) {
    return OrOutOfMemory([] {
      return absl::InvalidArgumentError("no receiver of that name in the set");
    });
  }
  if (std::erase(pausing_, id) == 0) {
    waiter_->Remove(id, *found->second.receiver.lane());
  }
  Receiver receiver = std::move(found->second.receiver);
  members_.erase(found);
  return receiver;
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::Wait(
    absl::Time deadline, std::span<Event> events) {
  if (events.empty()) {
    return absl::InvalidArgumentError("no room for an event");
  }
  for (Event& event : events) event.message.Clear();
  has_more_ = false;
  return OrOutOfMemory([&]() -> absl::StatusOr<std::span<Event>> {
    if (!members_.empty()) return WaitForEvents(deadline, events);
    if (deadline == absl::InfiniteFuture()) {
      return absl::FailedPreconditionError("an empty set would wait for ever");
    }
    ForgetWakeUps();
    absl::SleepFor(deadline - absl::Now());
    return NothingCame();
  });
}

// What former members have left behind must not go on to show in waitable().
void ReceiverSet::ForgetWakeUps() {
  if (waiter_ == nullptr) return;
  std::array<Id, 1> nobody;
  waiter_->Poll(nobody, absl::InfinitePast()).status().IgnoreError();
}

absl::StatusOr<BorrowedFd> ReceiverSet::waitable() {
  return OrOutOfMemory([&]() -> absl::StatusOr<BorrowedFd> {
    if (waiter_ == nullptr) waiter_ = NewSetWaiter();
    return waiter_->Waitable();
  });
}

absl::Time ReceiverSet::deadline() {
  if (waiter_ == nullptr) return absl::InfiniteFuture();
  const absl::Time pause_ends = EndPauses();
  if (has_more_) return absl::InfinitePast();
  return std::min(pause_ends, waiter_->Deadline());
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::WaitForEvents(
    absl::Time deadline, std::span<Event> events) {
  std::array<Id, kMaxEventsPerWait> buffer;
  const std::span<Id> ids =
      std::span(buffer).first(std::min(buffer.size(), events.size()));
  // What looks ready may turn out to be empty and hide what is ready behind it.
  // So every receiver gets a look, even when there is no time left. A late
  // wake-up for one that was removed is none.
  std::size_t looks_left = members_.size();
  while (true) {
    const absl::Time pause_ends = EndPauses();
    const absl::StatusOr<std::size_t> ready =
        waiter_->Poll(ids, std::min(deadline, pause_ends));
    if (!ready.ok()) return ready.status();
    const std::size_t looks = CountKnown(ids.first(*ready));
    const std::size_t count = Collect(ids.first(*ready), events);
    if (count > 0) return events.first(count);
    looks_left -= std::min(looks_left, looks);
    if (*ready > 0 && looks_left > 0) continue;
    if (deadline == absl::InfinitePast() || absl::Now() >= deadline) {
      return NothingCame();
    }
  }
}

std::size_t ReceiverSet::CountKnown(std::span<const Id> ids) const {
  return static_cast<std::size_t>(std::count_if(
      ids.begin(), ids.end(), [&](Id id) { return members_.contains(id); }));
}

std::size_t ReceiverSet::Collect(std::span<const Id> ids,
                                 std::span<Event> events) {
  std::size_t count = 0;
  for (const Id id : ids) {
    events[count].id = id;
    if (ReceiveInto(events[count])) ++count;
  }
  return count;
}

// Looks at the receiver that `event` names. False if nothing is there.
bool ReceiverSet::ReceiveInto(Event& event) {
  // A wake-up may come after the receiver was removed.
  const auto found = members_.find(event.id);
  if (found == members_.end()) return false;
  Member& member = found->second;
  ReceiverLane& lane = *member.receiver.lane();
  const absl::StatusOr<bool> received =
      member.receiver.TryReceive(event.message);
  if (received.ok() && !*received) {
    if (lane.Deadline() == absl::InfinitePast()) has_more_ = true;
    return false;
  }
  event.status = received.status();
  if (absl::IsResourceExhausted(event.status)) {
    Pause(event.id, member);
    return true;
  }
  member.last_pause = absl::ZeroDuration();
  if (!IsDisconnected(event.status)) {
    waiter_->Relist(event.id, lane);
    return true;
  }
  waiter_->Remove(event.id, lane);
  members_.erase(found);
  return true;
}

void ReceiverSet::Pause(Id id, Member& member) {
  member.last_pause =
      std::clamp(2 * member.last_pause, kFirstPause, kLongestPause);
  member.pauses_until = absl::Now() + member.last_pause;
  waiter_->Remove(id, *member.receiver.lane());
  pausing_.push_back(id);
}

// Watches those again whose pause is over; gives the time when the next one
// is. Pauses only grow where the system has no memory to watch.
absl::Time ReceiverSet::EndPauses() {
  absl::Time next = absl::InfiniteFuture();
  if (pausing_.empty()) return next;
  const absl::Time now = absl::Now();
  for (std::size_t i = 0; i < pausing_.size();) {
    Member& member = members_.find(pausing_[i])->second;
    // A clock that was set back must not make a pause longer.
    member.pauses_until =
        std::min(member.pauses_until, now + member.last_pause);
    if (member.pauses_until <= now) {
      if (waiter_->Add(pausing_[i], *member.receiver.lane()).ok()) {
        pausing_.erase(pausing_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      member.pauses_until = now + kLongestPause;
    }
    next = std::min(next, member.pauses_until);
    ++i;
  }
  return next;
}

}  // namespace ipc_channel::transport
