#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_SESSION_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_SESSION_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/examples/notebook/limits.h"
#include "ipc_channel/examples/notebook/protocol.h"

namespace notebook {

// One client, as the daemon has it: its connection in the loop, who it is, and
// what it has asked for that goes on. Destroying it hangs up. For the loop's
// thread.
class Session {
 public:
  // `on_ready` is called by the loop whenever there may be something to do,
  // after each Rest(): see TryNext(). It may destroy the session.
  static absl::StatusOr<std::unique_ptr<Session>> Create(
      ipc_channel::Reactor& reactor, Listener::Client client,
      const Limits& limits, absl::AnyInvocable<void()> on_ready);

  const ipc_channel::PeerIdentity& peer() const { return peer_; }
  absl::Time last_call() const { return last_call_; }
  ClientInfo info() const;

  // The next request, or none yet. UNAVAILABLE: the client is gone.
  absl::StatusOr<std::optional<Server::Call>> TryNext();

  // Waits in the loop; `has_more` if TryNext() was not asked until it gave
  // none. What nobody waits for any more is dropped.
  void Rest(bool has_more);

  // False, and nothing is taken, if the client has as many as it may have.
  bool AddWatch(Watch watch);
  bool AddSnapshot();
  bool AddWaiting(Server::Call& call);  // a Get

  // Answers what waits for this entry, and tells who watches it.
  void OnPut(const std::string& key, const std::string& value);
  void OnDelete(const std::string& key);

 private:
  Session(Server server, const ipc_channel::PeerIdentity& peer,
          const Limits& limits);

  void Tell(const Change& change);
  absl::Time DropUnwanted();

  const Limits limits_;
  const ipc_channel::PeerIdentity peer_;
  absl::Time last_call_;
  std::size_t snapshots_ = 0;
  std::vector<Watch> watches_;
  std::vector<Server::Call> waiting_;
  Server server_;
  std::unique_ptr<ipc_channel::Watch> ready_;  // goes before its descriptor
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_SESSION_H_
