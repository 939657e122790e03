#ifndef IPC_CHANNEL_CHANNEL_RECEIVER_SET_H_
#define IPC_CHANNEL_CHANNEL_RECEIVER_SET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// Receivers of any types that are waited for together, in one thread and
// without any thread of its own:
//
//   ReceiverSet set;
//   auto jobs = set.Add(std::move(job_receiver));    // Receiver<Job>
//   auto data = set.Add(std::move(bytes_receiver));  // BytesReceiver
//   while (!set.empty()) {
//     auto events = set.Select();
//     if (!events.ok()) return events.status();
//     for (ReceiverSet::Event& event : *events) {
//       if (IsDisconnected(event.status())) continue;  // its last event
//       if (event.id() == *jobs) {
//         absl::StatusOr<Job> job = event.To<Job>();
//         ...
//
// Waiting is called Select, as it is everywhere where one of many channels is
// waited for, and comes in the four forms that receiving has.
//
// Fair: a channel gives one event at most to each Select, channels take turns
// from call to call, and a call gives kMaxEventsPerSelect at most, so that a
// flood on one crowds out no other. However many receivers are idle, they cost
// nothing per call. Receivers of all back ends may be in one set. It keeps a
// buffer of about 70 KB for each event that a Select has given at once.
//
// Destroying the set destroys the receivers in it.
//
// Move-only; thread-compatible: what wakes a waiting set is a message, or the
// end of a channel. A moved-from set, and the copy that a forked child has, can
// only be assigned to or destroyed.
class ReceiverSet {
 public:
  // The name of a receiver in this set. Never used again while the set lives;
  // moving the set keeps it. Ids of two sets have nothing to do with each
  // other.
  using Id = ReceiverId;
  using Event = ReceiverEvent;

  // The most events that one Select gives.
  static constexpr std::size_t kMaxEventsPerSelect = 16;

  ReceiverSet() = default;
  ReceiverSet(ReceiverSet&&) = default;
  ReceiverSet& operator=(ReceiverSet&&) = default;

  // Takes `receiver` into the set, with what is queued in it and with its
  // limits. Not Receiver<T> alone: a BytesReceiver is a Receiver<Bytes>. After
  // an error it is still the caller's:
  //
  //   INVALID_ARGUMENT    it is empty, or of a foreign back end that does not
  //                       support being waited for
  //   RESOURCE_EXHAUSTED  this process is short of memory or descriptors (a
  //                       set needs up to two of its own), or this user of
  //                       kernel watches
  template <class T>
  absl::StatusOr<Id> Add(Receiver<T>&& receiver) {
    OpaqueReceiver opaque = std::move(receiver).ToOpaque();
    absl::StatusOr<Id> id = Add(std::move(opaque));
    if (!id.ok()) receiver.raw() = std::move(opaque.raw());
    return id;
  }
  absl::StatusOr<Id> Add(OpaqueReceiver&& receiver);

  // Gives a receiver back, with everything that is queued in it: what no event
  // has brought yet. INVALID_ARGUMENT if there is none of that name, for
  // example because its channel was closed; and if it is not one of T, which
  // then stays in the set.
  absl::StatusOr<OpaqueReceiver> Remove(Id id);
  template <class T>
  absl::StatusOr<Receiver<T>> Remove(Id id) {
    absl::Status is = CheckIs(id, internal::ContentFingerprint<T>());
    if (!is.ok()) return is;
    absl::StatusOr<OpaqueReceiver> removed = Remove(id);
    if (!removed.ok()) return removed.status();
    return (*std::move(removed)).template To<T>();
  }

  // The number of receivers in the set.
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }

  // Waits until something has happened on a channel, and says what: one event
  // or more. They lie in the set and are valid until the next call of a Select,
  // whatever that gives, and no longer than the set; one that is to stay can be
  // moved out. A message that nobody has read by then is dropped and its
  // handles are closed.
  //
  // Whatever goes wrong on one channel is an event of that channel. A message
  // that was taken from its channel is always given; after an error of the
  // Select none has been taken:
  //
  //   DEADLINE_EXCEEDED    nothing until the deadline
  //   FAILED_PRECONDITION  an empty set would wait for ever
  //   RESOURCE_EXHAUSTED   this process has no memory for the events, or the
  //                        system none for waiting
  //
  // Nothing can happen in an empty set: it waits until the deadline, if there
  // is one.
  absl::StatusOr<std::span<Event>> Select() {
    return SelectUntil(absl::InfiniteFuture());
  }
  // Does not wait: no events if nothing has happened.
  absl::StatusOr<std::span<Event>> TrySelect();
  // Waits for at most `timeout`.
  absl::StatusOr<std::span<Event>> SelectFor(absl::Duration timeout) {
    return SelectUntil(absl::Now() + timeout);
  }
  // Waits until `deadline`.
  absl::StatusOr<std::span<Event>> SelectUntil(absl::Time deadline);

  // For loops that wait for other things too: transport::ReceiverSet's
  // functions of these names (transport/receiver_set.h), whose contract holds
  // as it is, with TrySelect() for a Wait() that does not wait.
  absl::StatusOr<transport::BorrowedFd> waitable() { return set_.waitable(); }
  static constexpr transport::Interest interest() {
    return transport::ReceiverSet::interest();
  }
  absl::Time deadline() { return set_.deadline(); }

 private:
  using RawId = transport::ReceiverSet::Id;

  // What the transport does not know of a receiver.
  struct Member {
    std::uint64_t fingerprint = 0;
    serialize::DecodeLimits decode_limits;
  };

  absl::StatusOr<Id> AddOrThrow(OpaqueReceiver& receiver);
  absl::Status CheckIs(Id id, std::uint64_t fingerprint) const;
  void MakeRoom();
  void Fill(Event& event, transport::ReceiverSet::Event& raw);

  transport::ReceiverSet set_;
  std::unordered_map<RawId, Member> members_;
  std::vector<transport::ReceiverSet::Event> raw_events_;  // for their buffers
  std::vector<Event> events_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_RECEIVER_SET_H_
