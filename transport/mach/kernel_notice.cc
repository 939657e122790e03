#include "ipc_channel/transport/mach/kernel_notice.h"

#include <mach/mach.h>
#include <mach/notify.h>

#include <cstddef>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// Where the process number lies in an audit token, and what the kernel has
// there (KERNEL_AUDIT_TOKEN_VALUE in osfmk/mach/message.h).
constexpr std::size_t kAuditPid = 5;
constexpr unsigned int kKernelPid = 0;

// All zeros for what is no receive right of ours.
mach_port_status_t StatusOf(mach_port_name_t port) {
  mach_port_status_t status = {};
  mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
  ::mach_port_get_attributes(mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
                             reinterpret_cast<mach_port_info_t>(&status),
                             &count);
  return status;
}

}  // namespace

const mach_msg_audit_trailer_t& TrailerOf(const mach_msg_header_t& message) {
  const auto* begin = reinterpret_cast<const std::byte*>(&message);
  return *reinterpret_cast<const mach_msg_audit_trailer_t*>(
      begin + round_msg(message.msgh_size));
}

bool IsFromKernel(const mach_msg_header_t& message) {
  const mach_msg_audit_trailer_t& trailer = TrailerOf(message);
  return trailer.msgh_trailer_type == MACH_MSG_TRAILER_FORMAT_0 &&
         trailer.msgh_trailer_size >= sizeof(mach_msg_audit_trailer_t) &&
         trailer.msgh_audit.val[kAuditPid] == kKernelPid &&
         MACH_MSGH_BITS_LOCAL(message.msgh_bits) ==
             MACH_MSG_TYPE_PORT_SEND_ONCE;
}

bool IsNoSenders(const mach_msg_header_t& message) {
  return message.msgh_id == MACH_NOTIFY_NO_SENDERS;
}

bool HasSenders(mach_port_name_t port) {
  return StatusOf(port).mps_srights != 0;
}

mach_port_msgcount_t CountQueued(mach_port_name_t port) {
  return StatusOf(port).mps_msgcount;
}

absl::StatusOr<bool> RequestNoSenders(mach_port_name_t port) {
  mach_port_t previous = MACH_PORT_NULL;
  const kern_return_t result = ::mach_port_request_notification(
      mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, /*sync=*/0, port,
      MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
  if (result != KERN_SUCCESS) {
    return KernToStatus(result, "mach_port_request_notification(NO_SENDERS)");
  }
  const SendOnceRight replaced(previous);
  return replaced.valid();
}

bool TakeAnswerOfReplaced(mach_port_name_t port) {
  struct {
    mach_msg_header_t header;
    mach_msg_audit_trailer_t trailer;
  } buffer = {};
  const mach_msg_return_t result = ::mach_msg(
      &buffer.header,
      MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_TIMEOUT | kAuditTrailer,
      /*send_size=*/0, sizeof(buffer), port, /*timeout=*/0, MACH_PORT_NULL);
  if (result != MACH_MSG_SUCCESS) return false;
  ::mach_msg_destroy(&buffer.header);
  return true;
}

}  // namespace ipc_channel::transport::mach_backend
