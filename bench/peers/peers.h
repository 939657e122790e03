#ifndef IPC_CHANNEL_BENCH_PEERS_PEERS_H_
#define IPC_CHANNEL_BENCH_PEERS_PEERS_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/bench/peers/link.h"

namespace ipc_channel_bench {

// A library that one could use in place of ours, or ours.
struct Peer {
  std::string name;
  // Of the library, as it says itself, or else that it was built with or that
  // is pinned (rust_link.cc); empty for what is of this tree or says nothing.
  std::string version;
  // What both ends have in common, or why that cannot be: then nothing that was
  // started still runs. Takes half a minute at most.
  std::function<absl::StatusOr<std::unique_ptr<Connection>>(const Meeting&)>
      connect;
  // Why it cannot be used here and now; empty if it can. None: it always can.
  std::function<std::string()> why_missing;

  friend std::ostream& operator<<(std::ostream& out, const Peer& peer) {
    return out << peer.name;
  }
};

// Adds a peer; returns true. For the initialization of a constant at namespace
// scope.
bool AddPeer(Peer peer);

// All that were added, by their names.
std::vector<Peer> AllPeers();

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_PEERS_H_
