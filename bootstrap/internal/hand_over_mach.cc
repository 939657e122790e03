#include <mach/mach.h>
#include <mach/notify.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/hand_over.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/channel/router/internal/start_thread.h"
#include "ipc_channel/transport/mach/fork_generation.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::ForkGeneration;
using transport::mach_backend::IsFromKernel;
using transport::mach_backend::kAuditTrailer;
using transport::mach_backend::KernToStatus;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::RequestNoSenders;
using transport::mach_backend::SendOnceRight;
using transport::mach_backend::TrailerOf;

// Where the process number lies in an audit token.
constexpr std::size_t kAuditPid = 5;

// Has room for what the kernel says, too.
struct Request {
  union {
    mach_msg_header_t header;
    TakeEndsMessage message;
    mach_no_senders_notification_t notice;
  };
  mach_msg_audit_trailer_t trailer;
};

// What the thread has.
class Keeper {
 public:
  Keeper(std::int64_t child, ReceiveRight door, ChildsEnds ends,
         const SpawnContents& contents)
      : child_(child),
        door_(std::move(door)),
        ends_(std::move(ends)),
        contents_(contents) {}

  void Run() {
    while (true) {
      Request request = {};
      const mach_msg_return_t result = Receive(request);
      // The kernel has destroyed it; none of the child's is longer.
      if (result == MACH_RCV_TOO_LARGE) continue;
      if (result != MACH_MSG_SUCCESS) return;
      mach_msg_header_t& header = request.header;
      // Nobody has a right to ask any more; or HandOver has gone.
      const bool is_end = IsFromKernel(header);
      if (is_end || !IsFromChild(request)) {
        ::mach_msg_destroy(&header);
        if (is_end) return;
        continue;
      }
      return Answer(SendOnceRight(header.msgh_remote_port));
    }
  }

 private:
  mach_msg_return_t Receive(Request& request) const {
    return ::mach_msg(&request.header, MACH_RCV_MSG | kAuditTrailer,
                      /*send_size=*/0, sizeof(request), door_.name(),
                      MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
  }

  // A process that is not the child could have its number only once it has been
  // waited for, and not the right: it died with the child, unless that gave it
  // away.
  bool IsFromChild(const Request& request) const {
    const mach_msg_header_t& header = request.header;
    return header.msgh_id == kTakeEndsId &&
           header.msgh_size == sizeof(TakeEndsMessage) &&
           (header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
           MACH_MSGH_BITS_REMOTE(header.msgh_bits) ==
               MACH_MSG_TYPE_PORT_SEND_ONCE &&
           MACH_PORT_VALID(header.msgh_remote_port) &&
           TrailerOf(header).msgh_audit.val[kAuditPid] ==
               static_cast<std::uint64_t>(child_);
  }

  // Does not wait: there is always room for what a send-once right sends. If
  // the child has died meanwhile, all is dropped.
  void Answer(SendOnceRight to) {
    EndsMessage message = {};
    message.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
                               MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
    message.header.msgh_size = sizeof(message);
    message.header.msgh_remote_port = to.name();
    message.header.msgh_id = kEndsId;
    message.body.msgh_descriptor_count = 2;
    message.receiving.name = ends_.receiving.name();
    message.receiving.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
    message.receiving.type = MACH_MSG_PORT_DESCRIPTOR;
    message.sending.name = ends_.sending.name();
    message.sending.disposition = MACH_MSG_TYPE_MOVE_SEND;
    message.sending.type = MACH_MSG_PORT_DESCRIPTOR;
    message.to_child = contents_.to_child;
    message.to_parent = contents_.to_parent;
    const mach_msg_return_t result = ::mach_msg(
        &message.header, MACH_SEND_MSG, sizeof(message), /*rcv_size=*/0,
        MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    if (result != MACH_MSG_SUCCESS) return;
    static_cast<void>(to.Release());
    static_cast<void>(ends_.receiving.Release());
    static_cast<void>(ends_.sending.Release());
  }

  const std::int64_t child_;
  const ReceiveRight door_;
  ChildsEnds ends_;
  const SpawnContents contents_;
};

absl::StatusOr<SendOnceRight> NewSendOnceRight(const ReceiveRight& port) {
  mach_port_t right = MACH_PORT_NULL;
  mach_msg_type_name_t type = 0;
  const kern_return_t result =
      ::mach_port_extract_right(mach_task_self(), port.name(),
                                MACH_MSG_TYPE_MAKE_SEND_ONCE, &right, &type);
  if (result == KERN_SUCCESS) return SendOnceRight(right);
  return KernToStatus(result, "mach_port_extract_right");
}

// Handlers of the program's are not for a thread that it does not know.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<HandOver>> HandOver::Begin(
    std::int64_t child, ReceiveRight door, ChildsEnds ends,
    const SpawnContents& contents) {
  const absl::StatusOr<bool> asked = RequestNoSenders(door.name());
  if (!asked.ok()) return asked.status();
  absl::StatusOr<SendOnceRight> stop = NewSendOnceRight(door);
  if (!stop.ok()) return stop.status();
  auto keeper = std::make_unique<Keeper>(child, std::move(door),
                                         std::move(ends), contents);
  auto hand_over = std::make_shared<HandOver>(std::thread(), *std::move(stop));
  const AllSignalsBlocked blocked;
  absl::StatusOr<std::thread> thread = router_internal::StartThread(
      [keeper = std::move(keeper)] { keeper->Run(); });
  if (!thread.ok()) return thread.status();
  hand_over->thread_ = *std::move(thread);
  return hand_over;
}

HandOver::~HandOver() {
  if (!thread_.joinable()) return;
  if (generation_ != ForkGeneration()) {
    // There is no such thread here: its object is left alone for good.
    static_cast<void>(new std::thread(std::move(thread_)));
    return;
  }
  stop_ = SendOnceRight();
  thread_.join();
}

}  // namespace ipc_channel::internal
