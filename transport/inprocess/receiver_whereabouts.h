#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_RECEIVER_WHEREABOUTS_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_RECEIVER_WHEREABOUTS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <span>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::inprocess {

// True if `receiver`, which is not null, is among what is lent.
bool IsLent(const ReceiverLane* receiver, std::span<const HandleRef> handles);

// Knows for each receiver that lies in a queue whose queue that is, so that no
// queue ever comes to lie in itself, by whatever detour: nobody could receive
// from such queues any more, and they would keep each other alive.
//
// A receiver lies in one queue at most, so the way outwards has no branches.
// Receivers are known by their addresses only. Thread-safe; holds no lock while
// it calls others, and may be called with the lock of a queue held.
class ReceiverWhereabouts {
 public:
  // The one instance of this process.
  static ReceiverWhereabouts& Get();

  // `handles` are about to be queued for `destination`. False, and nothing is
  // noted, if one of them is a receiver that `destination` is, or lies in.
  bool Enter(std::span<const HandleRef> handles,
             const ReceiverLane* destination);

  // `handles` have left the queue that they were in.
  void Leave(std::span<const Handle> handles);

 private:
  bool LiesIn(const ReceiverLane* inner, const ReceiverLane* outer) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::unordered_map<const ReceiverLane*, const ReceiverLane*> queued_for_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_RECEIVER_WHEREABOUTS_H_
