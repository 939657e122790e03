#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_LISTENING_SOCKET_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_LISTENING_SOCKET_H_

#include <sys/types.h>

#include <optional>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// A Unix socket at which clients are accepted. Move-only; thread-compatible.
// Nothing here blocks.
class ListeningSocket {
 public:
  struct Client {
    transport::UniqueFd socket;
    PeerIdentity peer;
  };

  // Clients that are connected and not accepted wait in the kernel, which has
  // room for about `backlog` of them and caps that number itself
  // (net.core.somaxconn). `permissions` are those of a socket that is a file.
  //
  //   ALREADY_EXISTS      somebody has that address, or has put something else
  //                       there meanwhile
  //   RESOURCE_EXHAUSTED  no descriptors or memory
  //   PERMISSION_DENIED   the folder is closed to us
  //   INVALID_ARGUMENT    there is no such folder
  static absl::StatusOr<ListeningSocket> Open(const UnixAddress& address,
                                              int backlog,
                                              mode_t permissions = 0600);

  bool valid() const { return socket_.valid(); }

  // Readable while a client waits.
  transport::BorrowedFd descriptor() const { return socket_.Borrow(); }

  // The client that waits longest, empty if there is none.
  //
  //   RESOURCE_EXHAUSTED  no descriptors or memory; the client goes on waiting
  //   UNAVAILABLE         a process that has a copy of the socket, by a fork,
  //                       has shut it
  absl::StatusOr<std::optional<Client>> AcceptNext();

  // Refuses everybody from now on, those who wait included. Closing alone would
  // leave them, and the address, to the copy of the socket that a fork has.
  void RefuseAll();

 private:
  explicit ListeningSocket(transport::UniqueFd socket);

  transport::UniqueFd socket_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_LISTENING_SOCKET_H_
