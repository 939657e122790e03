#ifndef IPC_CHANNEL_BOOTSTRAP_LISTENER_OPTIONS_H_
#define IPC_CHANNEL_BOOTSTRAP_LISTENER_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "ipc_channel/bootstrap/peer_identity.h"

namespace ipc_channel {

// In place of a name: make one that nobody has. Of the first kind it is an
// abstract one, of the other a path in a new folder that only this user can
// enter.
inline constexpr std::string_view kNewAbstractName = "unix-abstract:";
inline constexpr std::string_view kNewPathName = "unix-path:";

// What a Listener (listener.h) is to be. A value type.
struct ListenerOptions {
  // The name by which clients find it, of at most 107 bytes behind the colon:
  //
  //   "unix-abstract:TEXT"  an abstract name of Linux: no file, gone with the
  //                         process. TEXT is printable ASCII without spaces and
  //                         does not begin with "ipc_channel.". It does not
  //                         cross network namespaces, and any user may take any
  //                         such name first
  //   "unix-path:/PATH"     a socket in the file system, absolute: who may
  //                         connect, and who may take the name, is what the
  //                         rights to its folder say. An empty file /PATH.lock
  //                         lies beside it. After a crash both are left, and
  //                         the next listener of that name takes them over
  //   kNewAbstractName,     a new one; see there
  //   kNewPathName
  //
  // Within a process (backend=inprocess) these are words and nothing else.
  std::string name = std::string(kNewAbstractName);

  // Whether a client is let in, by what the kernel says of it. Called in the
  // call that accepts, before anything is read from the client; must not throw.
  // Empty: only processes of the effective user of this one, and never the
  // number that stands for users unknown in this user namespace (the overflow
  // uid). Decide by uid and gid: the process that had the pid may have ended.
  std::function<bool(const PeerIdentity&)> admits;

  // The most clients that are connected and not accepted. More wait in their
  // Connect(), until its deadline. On Linux the kernel caps the number
  // (net.core.somaxconn).
  int backlog = 1024;

  // The most clients at once whose receivers, from this listener, exist in this
  // process; in all, and of one user. More are refused: their Connect() has
  // given OK, and a send soon says UNAVAILABLE. The receiver of a client
  // is a descriptor.
  std::size_t max_clients = 4096;
  std::size_t max_clients_per_user = 4096;

  // Of a socket at a path: with 0666 processes of other users can connect, if
  // `admits` is to let them in. No effect on other names.
  std::uint32_t path_permissions = 0600;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_LISTENER_OPTIONS_H_
