#ifndef IPC_CHANNEL_TRANSPORT_MACH_KERNEL_NOTICE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_KERNEL_NOTICE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include "absl/status/statusor.h"

namespace ipc_channel::transport::mach_backend {

// What to ask for when receiving, so that the kernel's own messages can be told
// from those of anybody who writes their numbers into his.
inline constexpr mach_msg_option_t kAuditTrailer =
    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT);

// The trailer of a message that was received with kAuditTrailer into a buffer
// that has room for it: it is the kernel's word, and lies behind the message.
const mach_msg_audit_trailer_t& TrailerOf(const mach_msg_header_t& message);

// True if the kernel itself sent `message`, received as above. Process 0 is the
// kernel's alone, and it sends its notifications through send-once rights,
// which nobody else has to our ports unless we made him one.
bool IsFromKernel(const mach_msg_header_t& message);

// Of messages from the kernel. One that says so need not be about the port at
// which it was received: whoever had the receive right before can have told the
// kernel to send here what it has to say of a port of his.
bool IsNoSenders(const mach_msg_header_t& message);

// True if there are send rights to `port`, a receive right that we have;
// messages that are queued count as such.
bool HasSenders(mach_port_name_t port);

// How much is queued at `port`, a receive right that we have.
mach_port_msgcount_t CountQueued(mach_port_name_t port);

// Asks that `port`, a receive right that we have, be sent a notification once
// the last send right to it is gone, behind all that is queued then; at once if
// none is left. To be asked again wherever the right has arrived: the request
// of the one who had it before may be to somebody else.
//
// True if such a request was replaced. What answers it, a notification to
// whoever that was for, may then lie in the queue of `port` itself.
absl::StatusOr<bool> RequestNoSenders(mach_port_name_t port);

// Takes the answer to a request that was replaced, if it comes next: else a
// port would be shown to have a message that is nothing to anybody. There is no
// room for more than a bare header, which no message of a channel is; those
// stay queued. True if one was taken.
bool TakeAnswerOfReplaced(mach_port_name_t port);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_KERNEL_NOTICE_H_
