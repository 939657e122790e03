#include "ipc_channel/transport/receiver_set.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/new_set_waiter.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport {
namespace {

absl::Status NothingCame() {
  return absl::DeadlineExceededError("nothing on any channel in time");
}

}  // namespace

absl::StatusOr<ReceiverSet::Id> ReceiverSet::Add(Receiver&& receiver) {
  if (!receiver.valid()) {
    return absl::InvalidArgumentError("an empty receiver cannot be in a set");
  }
  if (waiter_ == nullptr) waiter_ = NewSetWaiter();
  const Id id = last_id_ + 1;
  absl::Status added = waiter_->Add(id, *receiver.lane());
  if (!added.ok()) return added;
  receivers_.emplace(id, std::move(receiver));
  last_id_ = id;
  return id;
}

absl::StatusOr<Receiver> ReceiverSet::Remove(Id id) {
  auto node = receivers_.extract(id);
  if (node.empty()) {
    return absl::InvalidArgumentError("no receiver of that name in the set");
  }
  waiter_->Remove(id, *node.mapped().lane());
  return std::move(node.mapped());
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::Wait(
    absl::Time deadline, std::span<Event> events) {
  if (events.empty()) {
    return absl::InvalidArgumentError("no room for an event");
  }
  for (Event& event : events) event.message.Clear();
  if (!receivers_.empty()) return WaitForEvents(deadline, events);
  if (deadline == absl::InfiniteFuture()) {
    return absl::FailedPreconditionError("an empty set would wait for ever");
  }
  absl::SleepFor(deadline - absl::Now());
  return NothingCame();
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::WaitForEvents(
    absl::Time deadline, std::span<Event> events) {
  std::array<Id, kMaxEventsPerWait> buffer;
  const std::span<Id> ids =
      std::span(buffer).first(std::min(buffer.size(), events.size()));
  // What looks ready may turn out to be empty and hide what is ready behind it.
  // So every receiver gets a look, even when there is no time left. A late
  // wake-up for one that was removed is none.
  std::size_t looks_left = receivers_.size();
  while (true) {
    const absl::StatusOr<std::size_t> ready = waiter_->Poll(ids, deadline);
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
      ids.begin(), ids.end(), [&](Id id) { return receivers_.contains(id); }));
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
  const auto found = receivers_.find(event.id);
  if (found == receivers_.end()) return false;
  Receiver& receiver = found->second;
  const absl::StatusOr<bool> received = receiver.TryReceive(event.message);
  if (received.ok() && !*received) return false;
  event.status = received.status();
  if (!IsDisconnected(event.status)) {
    waiter_->Relist(event.id, *receiver.lane());
    return true;
  }
  waiter_->Remove(event.id, *receiver.lane());
  receivers_.erase(found);
  return true;
}

}  // namespace ipc_channel::transport
