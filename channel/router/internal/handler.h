#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_HANDLER_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_HANDLER_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {

// What a handler has done, and what is to happen next with its route.
struct Verdict {
  enum class Next {
    kGoOn,
    kHold,  // the handler keeps the message until there is room
    kEnd,   // the route is over
  };
  enum class Tally { kNone, kDelivered, kLost };

  Next next = Next::kGoOn;
  Tally tally = Tally::kNone;
  // Of kEnd: why, as OnClosed() is to be told; OK if it is not to be called.
  absl::Status why;

  static Verdict DeliveredOrLost(bool is_delivered) {
    Verdict verdict;
    verdict.tally = is_delivered ? Tally::kDelivered : Tally::kLost;
    return verdict;
  }
  static Verdict End(absl::Status why) {
    Verdict verdict;
    verdict.next = Next::kEnd;
    verdict.why = std::move(why);
    return verdict;
  }
};

// What a handler that holds a message waits for: that `descriptor` is ready, if
// it is valid, or that `until` has passed.
struct RoomWait {
  transport::BorrowedFd descriptor;
  transport::Interest interest = transport::Interest::kWritable;
  absl::Time until;
};

// What a route does with the messages of its channel. Calls come one at a time,
// from any thread, and without a lock. They run what users wrote: they may
// throw, take any time, and use the router.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  // Handles the next message or, if `status` is not OK, the loss of one. What
  // is left in `message` is dropped.
  virtual Verdict OnMessage(const absl::Status& status,
                            transport::Message& message) = 0;

  // After kHold, instead of OnMessage(): tries again. WaitForRoom() says when;
  // `was_ready` whether it was the descriptor that showed room.
  virtual Verdict OnRoom(bool /*was_ready*/) { return {}; }
  virtual RoomWait WaitForRoom() { return {}; }

  // The route has ended, not by a removal or a shutdown. The last call.
  virtual void OnClosed(absl::Status why) = 0;

  // True if the receiver is to be gone before the first OnMessage().
  virtual bool is_one_shot() const { return false; }
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_HANDLER_H_
