#include "ipc_channel/bench/peers/peers.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ipc_channel_bench {
namespace {

std::vector<Peer>& Added() {
  static auto& peers = *new std::vector<Peer>;
  return peers;
}

}  // namespace

bool AddPeer(Peer peer) {
  Added().push_back(std::move(peer));
  return true;
}

std::vector<Peer> AllPeers() {
  std::vector<Peer> peers = Added();
  std::ranges::sort(peers, {}, &Peer::name);
  return peers;
}

}  // namespace ipc_channel_bench
