#include "ipc_channel/channel/receiver_set.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel {

absl::StatusOr<ReceiverSet::Id> ReceiverSet::Add(OpaqueReceiver&& receiver) {
  return transport::OrOutOfMemory([&] { return AddOrThrow(receiver); });
}

absl::StatusOr<ReceiverSet::Id> ReceiverSet::AddOrThrow(
    OpaqueReceiver& receiver) {
  // Made first: nothing is to fail any more once the set has the receiver.
  std::unordered_map<RawId, Member> made;
  made.emplace(0, Member{receiver.fingerprint(), receiver.decode_limits()});
  auto node = made.extract(0);
  members_.reserve(members_.size() + 1);
  const absl::StatusOr<RawId> id = set_.Add(std::move(receiver.raw()));
  if (!id.ok()) return id.status();
  node.key() = *id;
  members_.insert(std::move(node));
  return Id(*id);
}

absl::StatusOr<OpaqueReceiver> ReceiverSet::Remove(Id id) {
  absl::StatusOr<transport::Receiver> raw = set_.Remove(RawId(id));
  if (!raw.ok()) return raw.status();
  const auto found = members_.find(RawId(id));
  OpaqueReceiver receiver(*std::move(raw), found->second.fingerprint,
                          found->second.decode_limits);
  members_.erase(found);
  return receiver;
}

absl::Status ReceiverSet::CheckIs(Id id, std::uint64_t fingerprint) const {
  const auto found = members_.find(RawId(id));
  if (found != members_.end() && found->second.fingerprint != fingerprint) {
    return transport::OrOutOfMemory([] {
      return absl::InvalidArgumentError("the receiver is one of another type");
    });
  }
  return absl::OkStatus();
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::TrySelect() {
  absl::StatusOr<std::span<Event>> events = SelectUntil(absl::InfinitePast());
  if (absl::IsDeadlineExceeded(events.status())) return std::span<Event>();
  return events;
}

absl::StatusOr<std::span<ReceiverSet::Event>> ReceiverSet::SelectUntil(
    absl::Time deadline) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<std::span<Event>> {
    MakeRoom();
    const absl::StatusOr<std::span<transport::ReceiverSet::Event>> raw =
        set_.Wait(deadline, raw_events_);
    if (!raw.ok()) return raw.status();
    for (std::size_t i = 0; i < raw->size(); ++i) {
      Fill(events_[i], (*raw)[i]);
    }
    return std::span(events_).first(raw->size());
  });
}

// Gives the messages of the last time back to where the transport receives
// into, which drops what is in them first of all and uses their buffers again.
void ReceiverSet::MakeRoom() {
  raw_events_.resize(kMaxEventsPerSelect);
  events_.resize(kMaxEventsPerSelect);
  for (std::size_t i = 0; i < kMaxEventsPerSelect; ++i) {
    Event& event = events_[i];
    if (RawId(event.id_) == 0) continue;
    raw_events_[i].message = std::move(event.message_);
    event = Event();
  }
}

// Makes `event` what `raw` says, and forgets a receiver that is gone. Nothing
// here throws: the message has been taken from its channel.
void ReceiverSet::Fill(Event& event, transport::ReceiverSet::Event& raw) {
  const auto found = members_.find(raw.id);
  event.id_ = Id(raw.id);
  event.status_ = raw.status;
  event.fingerprint_ = found->second.fingerprint;
  event.decode_limits_ = found->second.decode_limits;
  event.message_ = std::move(raw.message);
  if (transport::IsDisconnected(event.status_)) members_.erase(found);
  if (event.status_.ok() && event.Is<Bytes>()) {
    event.status_ = internal::CheckBytes(event.message_);
  }
  event.has_message_ = event.status_.ok();
}

}  // namespace ipc_channel
