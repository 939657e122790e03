#include "ipc_channel/bootstrap/internal/duplex_door.h"

#include <algorithm>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/stoppable_wait.h"

namespace ipc_channel::internal {
namespace {

// A call that is not to wait looks no more often than this at what has come, so
// that a flood cannot hold it.
constexpr int kMostLooks = 64;

}  // namespace

absl::StatusOr<DuplexDoor> DuplexDoor::Create(
    const DuplexListenerOptions& options, const DuplexContents& contents) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<DuplexDoor> {
    absl::StatusOr<Connections> connections =
        Connections::Create(options.listener);
    if (!connections.ok()) return connections.status();
    DuplexDoor door;
    door.name_ = connections->name();
    door.contents_ = contents;
    door.max_openings_ = std::max<std::size_t>(options.max_openings, 1);
    door.opening_timeout_ = options.opening_timeout;
    absl::StatusOr<ReceiverSet::Id> id =
        door.set_.Add((*std::move(connections)).ToReceiver());
    if (!id.ok()) return id.status();
    door.connections_ = *id;
    return door;
  });
}

absl::StatusOr<std::optional<RawDuplexClient>> DuplexDoor::TryAccept() {
  return transport::OrOutOfMemory([&] { return TryAcceptOrThrow(); });
}

absl::StatusOr<RawDuplexClient> DuplexDoor::AcceptUntil(
    absl::Time deadline, const std::stop_token& stop) {
  return transport::OrOutOfMemory(
      [&] { return AcceptOrThrow(deadline, stop); });
}

absl::StatusOr<std::optional<RawDuplexClient>> DuplexDoor::TryAcceptOrThrow() {
  DropLate();
  has_more_ = false;
  for (int look = 0; ready_.empty(); ++look) {
    if (look == kMostLooks) {
      has_more_ = true;
      break;
    }
    if (!closed_.ok()) return closed_;
    const absl::StatusOr<bool> found = Look(absl::InfinitePast());
    if (!found.ok()) return found.status();
    if (!*found) break;
  }
  if (ready_.empty()) return std::optional<RawDuplexClient>();
  std::optional<RawDuplexClient> client = std::move(ready_.front());
  ready_.pop_front();
  return client;
}

absl::StatusOr<RawDuplexClient> DuplexDoor::AcceptOrThrow(
    absl::Time deadline, const std::stop_token& stop) {
  while (true) {
    if (stop.stop_requested()) {
      return absl::CancelledError("the caller asked to stop");
    }
    absl::StatusOr<std::optional<RawDuplexClient>> client = TryAcceptOrThrow();
    if (!client.ok()) return client.status();
    if (client->has_value()) return **std::move(client);
    if (absl::Now() >= deadline) return dropped_.NobodyInTime();
    absl::Status waited = Wait(deadline, stop);
    if (!waited.ok()) return waited;
  }
}

// Waits until there may be something to see, or a silent client is late.
absl::Status DuplexDoor::Wait(absl::Time deadline,
                              const std::stop_token& stop) {
  if (!stop.stop_possible()) {
    const absl::Time late =
        silent_.empty() ? absl::InfiniteFuture() : silent_.front().until;
    return Look(std::min(deadline, late)).status();
  }
  const absl::StatusOr<transport::BorrowedFd> waitable = set_.waitable();
  if (!waitable.ok()) return waitable.status();
  absl::Status waited = transport::WaitForReadable(
      *waitable, std::min(deadline, this->deadline()), stop);
  return absl::IsDeadlineExceeded(waited) ? absl::OkStatus() : waited;
}

absl::StatusOr<transport::BorrowedFd> DuplexDoor::waitable() {
  return set_.waitable();
}

absl::Time DuplexDoor::deadline() {
  if (!ready_.empty() || has_more_) return absl::InfinitePast();
  const absl::Time looks_at = set_.deadline();
  return silent_.empty() ? looks_at : std::min(looks_at, silent_.front().until);
}

// Deals with what has happened, or happens until `deadline`. False if nothing.
absl::StatusOr<bool> DuplexDoor::Look(absl::Time deadline) {
  const absl::StatusOr<std::span<ReceiverSet::Event>> events =
      set_.SelectUntil(deadline);
  if (absl::IsDeadlineExceeded(events.status())) return false;
  if (!events.ok()) return events.status();
  absl::Status shortage;
  // Openings first: who has sent one must not be dropped for who has not.
  for (ReceiverSet::Event& event : *events) {
    if (event.id() != connections_) shortage.Update(OnOpening(event));
  }
  for (ReceiverSet::Event& event : *events) {
    if (event.id() == connections_) shortage.Update(OnConnection(event));
  }
  if (!shortage.ok() && ready_.empty()) return shortage;
  return true;
}

absl::Status DuplexDoor::OnConnection(ReceiverSet::Event& event) {
  if (transport::IsDisconnected(event.status())) closed_ = event.status();
  absl::StatusOr<Connections::Client> client = event.To<Connections::Client>();
  if (!client.ok()) return client.status();
  return Welcome(*std::move(client));
}

// Most have opened by then. Only who has not is waited for.
absl::Status DuplexDoor::Welcome(Connections::Client client) {
  absl::StatusOr<std::optional<DuplexOpening>> opening =
      client.receiver.TryRecv();
  if (!opening.ok()) return Drop(opening.status());
  if (opening->has_value()) {
    Open(**std::move(opening), std::move(client.receiver), client.peer);
    return absl::OkStatus();
  }
  if (silent_.size() >= max_openings_) DropOne();
  absl::StatusOr<ReceiverSet::Id> id = set_.Add(std::move(client.receiver));
  if (!id.ok()) return Drop(id.status());
  silent_.push_back({.id = *id,
                     .peer = client.peer,
                     .until = absl::Now() + opening_timeout_});
  return absl::OkStatus();
}

absl::Status DuplexDoor::OnOpening(ReceiverSet::Event& event) {
  const auto client = std::ranges::find(silent_, event.id(), &Silent::id);
  if (client == silent_.end()) return absl::OkStatus();
  const PeerIdentity peer = client->peer;
  silent_.erase(client);
  absl::StatusOr<DuplexOpening> opening = event.To<DuplexOpening>();
  // A set has dropped the receiver of a channel that has ended.
  absl::StatusOr<Receiver<DuplexOpening>> receiver =
      set_.Remove<DuplexOpening>(event.id());
  if (!opening.ok()) return Drop(opening.status());
  if (!receiver.ok()) return Drop(receiver.status());
  Open(*std::move(opening), *std::move(receiver), peer);
  return absl::OkStatus();
}

// Drops a client. What this process is short of is to be told.
absl::Status DuplexDoor::Drop(const absl::Status& reason) {
  dropped_.Add(reason);
  return absl::IsResourceExhausted(reason) ? reason : absl::OkStatus();
}

void DuplexDoor::Open(DuplexOpening opening, Receiver<DuplexOpening> receiver,
                      const PeerIdentity& peer) {
  absl::StatusOr<transport::Sender> way_back = TakeWayBack(opening, contents_);
  if (!way_back.ok()) return dropped_.Add(way_back.status());
  ready_.push_back({.receiver = std::move(receiver.raw()),
                    .sender = *std::move(way_back),
                    .peer = peer});
}

void DuplexDoor::DropLate() {
  const absl::Time now = absl::Now();
  while (!silent_.empty() && silent_.front().until <= now) {
    set_.Remove(silent_.front().id).IgnoreError();
    silent_.pop_front();
    dropped_.Add(absl::DeadlineExceededError("it did not open in time"));
  }
}

// Drops the oldest client of the process that has most of them.
void DuplexDoor::DropOne() {
  const auto pid_of = [](const Silent& client) { return client.peer.pid; };
  const auto share_of = [&](const Silent& client) {
    return std::ranges::count(silent_, client.peer.pid, pid_of);
  };
  const auto victim = std::ranges::max_element(silent_, {}, share_of);
  set_.Remove(victim->id).IgnoreError();
  silent_.erase(victim);
  dropped_.Add(absl::ResourceExhaustedError("too many clients are silent"));
}

}  // namespace ipc_channel::internal
