#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_LISTENER_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_LISTENER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/listener_options.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::internal {

// Makes a client that was let in the content of `message`, which is empty.
using PutClient = absl::Status (*)(transport::Receiver receiver,
                                   const PeerIdentity& peer,
                                   transport::Message& message);

// Listener (bootstrap/listener.h) for channels of messages without a type.
struct RawListener {
  std::string name;
  // Each message is a client. Never says Disconnected of itself, and cannot
  // leave this process. Destroying it ends the service.
  transport::Receiver clients;
};

// A listener over the back end the build chose. Codes as Listener::Create().
absl::StatusOr<RawListener> CreateRawListener(const ListenerOptions& options,
                                              PutClient put_client);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_LISTENER_H_
