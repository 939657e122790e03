#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_PEER_PROCESS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_PEER_PROCESS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_hostile {

// What the peer says it did: packets that the victim must refuse, must take, or
// may do either with; odd is -1 for nobody knows how many.
struct Account {
  int bad = 0;
  int fine = 0;
  int odd = 0;
};

// The hostile peer, running; killed by the destructor. Its program lies where
// the environment variable HOSTILE_PEER says. Errors are
//   UNIMPLEMENTED  this system lacks what the attack needs; the message says it
//   INTERNAL       the peer failed
class PeerProcess {
 public:
  static absl::StatusOr<PeerProcess> Start(const std::string& attack);

  // Has it attack once, with `socket` and, if that is valid, `shared`, which
  // are closed here.
  absl::Status StartRound(int number, ipc_channel::transport::UniqueFd socket,
                          ipc_channel::transport::UniqueFd shared);

  // Ends a flood.
  absl::Status StopFlood();

  // Waits for the end of the round.
  absl::StatusOr<Account> EndOfRound();

  pid_t pid() const { return process_.pid(); }

 private:
  PeerProcess(ipc_channel_testing::ChildProcess process,
              ipc_channel::transport::UniqueFd control)
      : process_(std::move(process)), control_(std::move(control)) {}

  ipc_channel_testing::ChildProcess process_;
  ipc_channel::transport::UniqueFd control_;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_PEER_PROCESS_H_
