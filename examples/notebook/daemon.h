#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_DAEMON_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_DAEMON_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/notebook/limits.h"
#include "ipc_channel/examples/notebook/protocol.h"
#include "ipc_channel/examples/notebook/service.h"

namespace notebook {

// A notebook with a name, its clients, and the one thread that serves them.
//
// One thread, since no request takes long and none waits: so the book needs no
// lock. It goes round in callbacks of an event loop, because a listener and a
// server of calls say what to wait for, and a loop waits for anything. A
// ReceiverSet takes receivers only, and a coroutine would have to keep for each
// client what a Session is anyway.
//
// Destroying it hangs up on all clients and removes the name, of which nothing
// is left. For one thread.
class Daemon {
 public:
  // Clients can connect from now on. SIGINT and SIGTERM are this object's, for
  // good. Codes: Listener::Create()'s, MakeFolderOf()'s, RESOURCE_EXHAUSTED.
  static absl::StatusOr<std::unique_ptr<Daemon>> Create(const std::string& name,
                                                        const Limits& limits);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  const std::string& name() const { return name_; }

  // Serves until SIGINT or SIGTERM comes: OK. Otherwise why it cannot go on.
  absl::Status Run();

 private:
  Daemon(std::unique_ptr<ipc_channel::EventLoop> loop,
         ipc_channel::UniqueFd stop, Listener listener, const Limits& limits);

  absl::Status Start();
  void Accept();

  const std::string name_;
  const std::unique_ptr<ipc_channel::EventLoop> loop_;
  const ipc_channel::UniqueFd stop_;
  Listener listener_;
  Service service_;
  absl::Status ended_;
  std::unique_ptr<ipc_channel::Watch> on_stop_;
  std::unique_ptr<ipc_channel::Watch> on_client_;
  std::unique_ptr<ipc_channel::Watch> pause_;
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_DAEMON_H_
