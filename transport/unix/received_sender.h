#ifndef IPC_CHANNEL_TRANSPORT_UNIX_RECEIVED_SENDER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_RECEIVED_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// The sender that arrived as `socket`, whose cookie is `hint` in its peer's
// words (0: nothing was said). If this process holds a sender of that very
// socket by the kernel's word, then that one, and `socket` is closed; whatever
// the hint, never one of another socket. DATA_LOSS if it is no Unix socket of
// type SOCK_SEQPACKET. Thread-safe; does not block.
absl::StatusOr<std::shared_ptr<SenderLane>> ReceivedSender(UniqueFd socket,
                                                           std::uint64_t hint);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_RECEIVED_SENDER_H_
