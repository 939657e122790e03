#ifndef IPC_CHANNEL_TRANSPORT_MACH_ROOM_NOTICE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_ROOM_NOTICE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// A descriptor that is readable once a port that was full may have room, or has
// died. A name in a process has one request for that
// (MACH_NOTIFY_SEND_POSSIBLE), so there is to be one of these for each. Costs a
// port and a descriptor. Thread-safe.
class RoomNotice {
 public:
  // RESOURCE_EXHAUSTED.
  static absl::StatusOr<std::unique_ptr<RoomNotice>> Create();

  RoomNotice(ReceiveRight notices, Kqueue kqueue);

  BorrowedFd descriptor() const { return kqueue_.descriptor(); }

  // After a send to `port`, a send right, that found no room: silent from now
  // on until there is some. If that is so already it is shown at once.
  void AwaitRoom(mach_port_name_t port);

 private:
  void TakeNotices() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeNotice() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ReceiveRight notices_;
  const Kqueue kqueue_;
  Mutex mutex_;
  bool is_asked_for_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_ROOM_NOTICE_H_
