#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVICE_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVICE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/notebook/book.h"
#include "ipc_channel/examples/notebook/limits.h"
#include "ipc_channel/examples/notebook/protocol.h"
#include "ipc_channel/examples/notebook/session.h"

namespace notebook {

// The notebook and all its clients, in a loop. Clients take turns; a handful of
// requests is one. Must not outlive the reactor. For the loop's thread.
class Service {
 public:
  Service(ipc_channel::Reactor& reactor, const Limits& limits)
      : reactor_(reactor), limits_(limits), book_(limits) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Serves the client from now on, and hangs up on another if there are too
  // many (Limits::clients). It is hung up on itself if this process is short of
  // descriptors or memory.
  void Welcome(Listener::Client client);

 private:
  using Id = std::uint64_t;
  using Answer = absl::StatusOr<Response>;

  void MakeRoom();
  void OnReady(Id id);

  void Handle(Session& session, Server::Call call);
  Answer On(Session& session, Put& put);
  Answer On(Session& session, Get& get);
  Answer On(Session& session, Delete& request);
  Answer On(Session& session, List& list);
  Answer On(Session& session, Watch& watch);
  Answer On(Session& session, Import& import);
  Answer On(Session& session, Export& request);
  Answer On(Session& session, Who& who);

  absl::Status PutAll(Book::Entries entries);

  ipc_channel::Reactor& reactor_;
  const Limits limits_;
  Book book_;
  std::optional<ipc_channel::SharedMemory> snapshot_;  // of the book as it is
  Id last_id_ = 0;
  std::map<Id, std::unique_ptr<Session>> sessions_;
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVICE_H_
