// The operations that receive.

#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/model/model_driver.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;

namespace {

absl::Status Wrong(absl::string_view what) { return absl::InternalError(what); }

bool IsReadable(BorrowedFd descriptor, int milliseconds) {
  pollfd entry = {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, milliseconds) == 1;
}

// When to give up on a receive, by one of the ways to receive.
absl::Time DeadlineFor(std::size_t way, bool is_ready, Receiver& receiver) {
  if (!is_ready) {
    return way < 7 ? absl::InfinitePast() : absl::Now() + absl::Milliseconds(1);
  }
  if (way < 7) return Soon();
  // Not before something is there, so that no broken library hangs the test.
  const absl::StatusOr<BorrowedFd> waitable = receiver.NativeWaitable();
  return waitable.ok() && IsReadable(*waitable, /*milliseconds=*/60'000)
             ? absl::InfiniteFuture()
             : absl::InfinitePast();
}

// As TryReceive() gives it.
absl::StatusOr<bool> ReceiveBy(std::size_t way, bool is_ready,
                               Receiver& receiver, Message& message) {
  if (way < 5) return receiver.TryReceive(message);
  const absl::Status status =
      receiver.Receive(message, DeadlineFor(way, is_ready, receiver));
  if (status.ok()) return true;
  if (absl::IsDeadlineExceeded(status)) return false;
  return status;
}

}  // namespace

// Takes the message out of the model if it is the one that was received.
absl::Status ModelDriver::CheckReceived(const absl::StatusOr<bool>& received,
                                        ModelChannel& channel) {
  Note(absl::StrCat("  ", received.status().ToString(), ", ",
                    channel.queue.size(), " queued, ", channel.senders,
                    " senders"));
  if (!received.ok()) {
    if (!IsDisconnected(received.status())) {
      return Wrong(
          absl::StrCat("a receive gave ", received.status().ToString()));
    }
    if (!channel.queue.empty()) return Wrong("the end before the last message");
    if (channel.senders != 0) return Wrong("the end before the last sender's");
    return absl::OkStatus();
  }
  if (!*received) {
    return channel.IsReady() ? Wrong("nothing came") : absl::OkStatus();
  }
  if (channel.queue.empty()) return Wrong("a message that nobody sent");
  return holdings_.TakeMessage(message_, Dequeue(channel));
}

absl::Status ModelDriver::Receive(FuzzInput& input) {
  if (holdings_.receivers.empty()) return absl::OkStatus();
  const std::size_t index = input.Below(holdings_.receivers.size());
  HeldReceiver& held = holdings_.receivers[index];
  ModelChannel& channel = held.model.channel();
  Note(absl::StrCat("receive by receiver ", index));
  return CheckReceived(
      ReceiveBy(input.Below(8), channel.IsReady(), held.real, message_),
      channel);
}

absl::Status ModelDriver::LookAtWaitable(FuzzInput& input) {
  if (holdings_.receivers.empty()) return absl::OkStatus();
  const std::size_t how = input.Below(2 * holdings_.receivers.size());
  HeldReceiver& held = holdings_.receivers[how / 2];
  const bool is_ready = held.model.channel().IsReady();
  const bool native = how % 2 == 0;
  const absl::StatusOr<BorrowedFd> waitable =
      native ? held.real.NativeWaitable() : held.real.waitable();
  if (!waitable.ok()) return waitable.status();
  const bool shows = IsReadable(*waitable, 0) ||
                     (!native && held.real.deadline() <= absl::Now());
  if (shows == is_ready) return absl::OkStatus();
  Note(absl::StrCat("look at waitable of receiver ", how / 2,
                    ", native: ", native));
  if (is_ready) return Wrong("a waitable keeps silent");
  // The pair may show what is not there, rarely.
  return native ? Wrong("a waitable shows nothing") : absl::OkStatus();
}

absl::Status ModelDriver::AddToSet(FuzzInput& input) {
  if (holdings_.receivers.empty()) return absl::OkStatus();
  Set& set = sets_[input.Below(sets_.size())];
  const std::size_t index = input.Below(holdings_.receivers.size());
  Note(absl::StrCat("add receiver ", index, " to a set"));
  HeldReceiver& held = holdings_.receivers[index];
  const absl::StatusOr<ReceiverSet::Id> id = set.real.Add(std::move(held.real));
  if (!id.ok()) return id.status();
  if (*id == 0 || !set.members.emplace(*id, std::move(held.model)).second) {
    return Wrong("a name was given twice");
  }
  holdings_.receivers.erase(holdings_.receivers.begin() +
                            static_cast<std::ptrdiff_t>(index));
  return absl::OkStatus();
}

absl::Status ModelDriver::RemoveFromSet(FuzzInput& input) {
  Set& set = sets_[input.Below(sets_.size())];
  if (set.real.size() != set.members.size()) return Wrong("size of a set");
  if (set.members.empty()) return absl::OkStatus();
  const auto member =
      std::next(set.members.begin(),
                static_cast<std::ptrdiff_t>(input.Below(set.members.size())));
  Note(absl::StrCat("remove ", member->first, " from a set"));
  absl::StatusOr<Receiver> receiver = set.real.Remove(member->first);
  if (!receiver.ok()) return receiver.status();
  if (set.real.Remove(member->first).ok()) return Wrong("removed twice");
  if (holdings_.receivers.size() < Holdings::kMostOfAKind) {
    holdings_.receivers.push_back(
        {*std::move(receiver), std::move(member->second)});
  }
  set.members.erase(member);
  return absl::OkStatus();
}

absl::Status ModelDriver::CheckEvent(ReceiverSet::Event& event, Set& set) {
  const auto member = set.members.find(event.id);
  if (member == set.members.end()) return Wrong("an event of no member");
  ModelChannel& channel = member->second.channel();
  const bool is_end = IsDisconnected(event.status);
  message_ = std::move(event.message);
  absl::Status right =
      CheckReceived(event.status.ok() ? absl::StatusOr<bool>(true)
                                      : absl::StatusOr<bool>(event.status),
                    channel);
  if (right.ok() && is_end) set.members.erase(member);
  return right;
}

// Waits without waiting, and gives the number of events.
absl::StatusOr<std::size_t> ModelDriver::WaitOnce(Set& set, std::size_t most) {
  const auto ready = static_cast<std::size_t>(std::ranges::count_if(
      set.members,
      [](const auto& member) { return member.second.channel().IsReady(); }));
  std::vector<ReceiverSet::Event> buffer(most);
  const auto events = set.real.Wait(absl::InfinitePast(), buffer);
  Note(absl::StrCat("  ", events.status().ToString(), ", ", ready, " ready"));
  if (!events.ok()) {
    if (!absl::IsDeadlineExceeded(events.status())) return events.status();
    if (ready > 0) return Wrong("a set keeps silent");
    return std::size_t{0};
  }
  if (events->empty() || events->size() > std::min(most, ready)) {
    return Wrong(absl::StrCat(events->size(), " events"));
  }
  std::vector<ReceiverSet::Id> ids;
  for (ReceiverSet::Event& event : *events) {
    ids.push_back(event.id);
    absl::Status right = CheckEvent(event, set);
    if (!right.ok()) return right;
  }
  std::ranges::sort(ids);
  if (std::ranges::adjacent_find(ids) != ids.end()) {
    return Wrong("two events of one channel");
  }
  return ids.size();
}

absl::Status ModelDriver::WaitForSet(FuzzInput& input) {
  Set& set = sets_[input.Below(sets_.size())];
  const std::size_t most = 1 + input.Below(4);
  Note(absl::StrCat("wait for a set of ", set.members.size()));
  return WaitOnce(set, most).status();
}

absl::Status ModelDriver::DrainSet(FuzzInput& input) {
  Set& set = sets_[input.Below(sets_.size())];
  Note(absl::StrCat("drain a set of ", set.members.size()));
  while (true) {
    const absl::StatusOr<std::size_t> events = WaitOnce(set, 3);
    if (!events.ok()) return events.status();
    if (*events == 0) return absl::OkStatus();
  }
}

absl::Status ModelDriver::DropSet(FuzzInput& input) {
  // Seldom, or sets would never fill.
  if (input.Below(4) != 3) return absl::OkStatus();
  Note("drop a set");
  sets_[input.Below(sets_.size())] = Set();
  return absl::OkStatus();
}

}  // namespace ipc_channel_testing
