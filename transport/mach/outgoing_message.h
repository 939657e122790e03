#ifndef IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_MESSAGE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_MESSAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>

#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/outgoing_handles.h"
#include "ipc_channel/transport/payload.h"

namespace ipc_channel::transport::mach_backend {

// What one message carries beside its handles.
struct OutgoingPayload {
  Payload inline_bytes;
  // Instead, if not empty. The kernel makes a copy of its own of it, at the
  // latest when somebody writes there; 4 GiB at most.
  std::span<const std::byte> out_of_line;
  mach_msg_id_t id = kMessageId;
};

// One attempt to send to `port`, without waiting. Gives what mach_msg() gave:
//
//   MACH_MSG_SUCCESS        sent
//   MACH_SEND_INVALID_DEST  the port is dead
//   MACH_SEND_TIMED_OUT     no room
//   MACH_SEND_INTERRUPTED   a signal came; to be tried again
//   others                  the system is short of something, or ours is wrong
//
// After any but the first the caller has every right that he had, of
// `handles` too, perhaps under another name (OutgoingHandles::TakeBack()); but
// if the kernel refuses a receiver, those listed before it are gone
// (OutgoingHandles::Refused()). It does so only if somebody has destroyed that
// receive right behind its owner's back.
//
// Keeps a buffer of up to 100 KB for each thread that sends.
mach_msg_return_t SendOnce(mach_port_name_t port, OutgoingHandles& handles,
                           const OutgoingPayload& payload);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_MESSAGE_H_
