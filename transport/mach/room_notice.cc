#include "ipc_channel/transport/mach/room_notice.h"

#include <mach/mach.h>
#include <mach/notify.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// Any notification. Nobody but the kernel has a right to the port.
union NoticeBuffer {
  mach_msg_header_t header;
  mach_dead_name_notification_t dead_name;
  struct {
    mach_no_senders_notification_t notification;
    mach_msg_max_trailer_t trailer;
  } longest;
};

}  // namespace

RoomNotice::RoomNotice(ReceiveRight notices, Kqueue kqueue)
    : notices_(std::move(notices)), kqueue_(std::move(kqueue)) {}

absl::StatusOr<std::unique_ptr<RoomNotice>> RoomNotice::Create() {
  mach_port_name_t port = MACH_PORT_NULL;
  const kern_return_t result =
      ::mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
  ReceiveRight notices(port);
  if (result != KERN_SUCCESS) return KernToStatus(result, "mach_port_allocate");
  absl::StatusOr<Kqueue> kqueue = Kqueue::Create();
  if (!kqueue.ok()) return kqueue.status();
  absl::Status watched = kqueue->WatchPort(notices.name(), 0);
  if (!watched.ok()) return watched;
  return std::make_unique<RoomNotice>(std::move(notices), *std::move(kqueue));
}

// False if none is there.
bool RoomNotice::TakeNotice() {
  NoticeBuffer buffer = {};
  const mach_msg_return_t result = ::mach_msg(
      &buffer.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, /*send_size=*/0,
      sizeof(buffer), notices_.name(), /*timeout=*/0, MACH_PORT_NULL);
  if (result != MACH_MSG_SUCCESS) return false;
  if (buffer.header.msgh_id == MACH_NOTIFY_DEAD_NAME) {
    // The notification counts the dead name up by one, for its recipient.
    ::mach_port_deallocate(mach_task_self(), buffer.dead_name.not_port);
  }
  ::mach_msg_destroy(&buffer.header);
  return true;
}

// Each answers a request, or tells that it has been dropped.
void RoomNotice::TakeNotices() {
  while (TakeNotice()) is_asked_for_ = false;
}

void RoomNotice::AwaitRoom(mach_port_name_t port) {
  MutexLock lock(mutex_);
  TakeNotices();
  if (is_asked_for_) return;
  mach_port_t previous = MACH_PORT_NULL;
  // With a sync that is not 0 the notification comes at once if there is room
  // (ipc_right_request_alloc() in osfmk/ipc/ipc_right.c).
  const kern_return_t result = ::mach_port_request_notification(
      mach_task_self(), port, MACH_NOTIFY_SEND_POSSIBLE, /*sync=*/1,
      notices_.name(), MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
  const SendOnceRight replaced(previous);
  // Without it the sender's deadline() brings the next try.
  is_asked_for_ = result == KERN_SUCCESS;
}

}  // namespace ipc_channel::transport::mach_backend
