#ifndef IPC_CHANNEL_TRANSPORT_RECEIVER_SET_H_
#define IPC_CHANNEL_TRANSPORT_RECEIVER_SET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/set_waiter.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// Receivers that are waited for together, in one thread and without any thread
// of its own:
//
//   ReceiverSet set;
//   absl::StatusOr<ReceiverSet::Id> id = set.Add(std::move(receiver));
//   std::vector<ReceiverSet::Event> buffer(16);  // used again and again
//   while (set.size() > 0) {
//     auto events = set.Wait(absl::InfiniteFuture(), buffer);
//     if (!events.ok()) return events.status();
//     for (ReceiverSet::Event& event : *events) { ... }
//   }
//
// Receivers of all back ends may be in one set. However many are idle, they
// cost nothing per call. Destroying the set destroys the receivers in it.
//
// Move-only; thread-compatible: what wakes a waiting set is a message, or the
// end of a channel. A moved-from set, and the copy that a forked child has, can
// only be assigned to or destroyed.
class ReceiverSet {
 public:
  // The name of a receiver in this set. Never 0, and never used again while the
  // set lives; moving the set keeps it.
  using Id = std::uint64_t;

  // What happened on one channel.
  struct Event {
    Id id = 0;
    // OK           `message` is the next message of that channel
    // UNAVAILABLE  the channel is closed, and its last message has been given:
    //              the set has dropped the receiver, and `id` is no more
    // otherwise    what Receiver::Receive() would have said, DATA_LOSS or
    //              RESOURCE_EXHAUSTED: the receiver stays in the set; after
    //              the latter it is looked at again after a pause of 10 to 100
    //              milliseconds, so that a peer whose messages cannot be
    //              received keeps nobody busy
    absl::Status status;
    Message message;  // empty unless `status` is OK
  };

  // The most events that one Wait() gives.
  static constexpr std::size_t kMaxEventsPerWait = 64;

  ReceiverSet() = default;
  ReceiverSet(ReceiverSet&&) = default;
  ReceiverSet& operator=(ReceiverSet&&) = default;

  // Takes `receiver` into the set, with what is queued in it. After an error it
  // is still the caller's:
  //
  //   INVALID_ARGUMENT    it is empty, or of a foreign back end that does not
  //                       support being waited for
  //   RESOURCE_EXHAUSTED  this process is short of memory or descriptors (a
  //                       set needs up to two of its own), or this user of
  //                       kernel watches
  absl::StatusOr<Id> Add(Receiver&& receiver);

  // Gives a receiver back, with everything that is queued in it.
  // INVALID_ARGUMENT if there is none of that name, for example because its
  // channel was closed.
  absl::StatusOr<Receiver> Remove(Id id);

  // The number of receivers in the set.
  std::size_t size() const { return members_.size(); }

  // Waits until something has happened on a channel and says what, in the first
  // elements of `events`, which are returned: one for each channel at most, and
  // kMaxEventsPerWait at most. Channels take turns from call to call, so that
  // none can crowd out another. The former content of `events` is dropped at
  // the start of the call and the memory of the messages used again.
  //
  // Waits until `deadline`: InfinitePast() does not wait, InfiniteFuture()
  // waits for as long as it takes. An empty set has nothing to give, and so
  // waits until the deadline. A message that was taken from its channel is
  // always given; after an error none has been taken.
  //
  //   DEADLINE_EXCEEDED    nothing until the deadline
  //   INVALID_ARGUMENT     `events` is empty
  //   FAILED_PRECONDITION  an empty set would wait for ever
  //   RESOURCE_EXHAUSTED   the system has no memory for waiting
  absl::StatusOr<std::span<Event>> Wait(absl::Time deadline,
                                        std::span<Event> events);

  // For loops that wait for other things too: what Receiver's functions of
  // these names (receiver.h) are for one channel, these are for all that are in
  // the set, with a Wait() that does not wait for TryReceive(). Both are asked
  // right before each wait:
  //
  //   if (set.deadline() > absl::Now()) {
  //     (poll for POLLIN on *set.waitable() and on whatever else, until
  //      set.deadline() at the latest)
  //   }
  //   set.Wait(absl::InfinitePast(), buffer);  // DEADLINE_EXCEEDED: wait again
  //
  // An empty set shows nothing. What is added shows at once, to a poll that is
  // under way too. Removing a receiver may leave one more look that finds
  // nothing. The descriptor is the set's: it stays the same, and open, while
  // this set, or the one it was moved into, lives. Neither blocks.
  //
  //   RESOURCE_EXHAUSTED  no descriptors or no memory for one that is made on
  //                       first use
  //   UNIMPLEMENTED       nothing can be waited for in this build
  absl::StatusOr<BorrowedFd> waitable();
  static constexpr Interest interest() { return Interest::kReadable; }
  absl::Time deadline();

 private:
  absl::StatusOr<std::span<Event>> WaitForEvents(absl::Time deadline,
                                                 std::span<Event> events);
  struct Member {
    Receiver receiver;
    absl::Duration last_pause = absl::ZeroDuration();
    absl::Time pauses_until = absl::InfinitePast();
  };

  absl::StatusOr<Id> AddOrThrow(Receiver&& receiver);
  void ForgetWakeUps();
  std::size_t CountKnown(std::span<const Id> ids) const;
  std::size_t Collect(std::span<const Id> ids, std::span<Event> events);
  bool ReceiveInto(Event& event);
  void Pause(Id id, Member& member);
  absl::Time EndPauses();

  std::unordered_map<Id, Member> members_;
  std::vector<Id> pausing_;            // not watched; has room for all members
  std::unique_ptr<SetWaiter> waiter_;  // null until the first Add()
  Id last_id_ = 0;
  // A receiver has given nothing, and yet wants to be looked at again at once.
  bool has_more_ = false;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_RECEIVER_SET_H_
