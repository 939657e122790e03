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
  //   "mach:NAME"           on macOS, and only there, in place of all that: a
  //                         service of the domain of launchd that this process
  //                         belongs to; gone with the process. At most 127
  //                         bytes of NAME, which is as TEXT above. If launchd
  //                         has a job of that name only the job may take it,
  //                         and who connects without a server waits for the
  //                         next one. Either of kNew... makes such a name there
  //
  // A name of another kind of system is INVALID_ARGUMENT. Within a process
  // (backend=inprocess) these are words and nothing else.
  std::string name = std::string(kNewAbstractName);

  // How a new name begins on macOS, before 128 random bits as 32 digits: an
  // App Sandbox allows only names that begin with one of the application's
  // groups. At most 95 bytes, as TEXT above. No effect elsewhere, nor on names
  // that are chosen.
  std::string name_prefix = "ipc_channel.";

  // Whether a client is let in, by what the kernel says of it. Called in the
  // call that accepts, before anything is read from the client; must not throw.
  // Empty: only processes of the effective user of this one, and never the
  // number that stands for users unknown in this user namespace (the overflow
  // uid). Decide by uid and gid: the process that had the pid may have ended.
  std::function<bool(const PeerIdentity&)> admits;

  // The most clients that are connected and not accepted. More wait in their
  // Connect(), until its deadline. The kernel caps the number: on Linux
  // net.core.somaxconn, on macOS 1024.
  int backlog = 1024;

  // The most clients at once whose receivers, from this listener, exist in this
  // process; in all, and of one user. More are refused: their Connect() has
  // given OK, and a send soon says UNAVAILABLE. The receiver of a client
  // is a descriptor; on macOS a port.
  std::size_t max_clients = 4096;
  std::size_t max_clients_per_user = 4096;

  // Of a socket at a path: with 0666 processes of other users can connect, if
  // `admits` is to let them in. No effect on other names.
  std::uint32_t path_permissions = 0600;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_LISTENER_OPTIONS_H_
