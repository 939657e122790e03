#ifndef IPC_CHANNEL_BENCH_PEERS_PEER_WORKS_H_
#define IPC_CHANNEL_BENCH_PEERS_PEER_WORKS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/process_pair.h"

namespace ipc_channel_bench {

// What is done with a pair, the same for every peer.
struct Exchange {
  Traffic traffic = Traffic::kRoundTrips;
  std::size_t size = 8;
  std::int64_t count = 1;  // of messages of the near end
  std::int64_t batch = 1;  // of those that are acknowledged together
};

// What is done of it before the clock starts: enough to have used every slot of
// the deepest queue there is, so that no memory is touched for the first time
// while it runs.
Exchange WarmUpOf(Exchange exchange);

// What the ends do. Every payload has another value, and is checked.
ProcessPair::Body NearBody(const Exchange& exchange);
ProcessPair::Body FarBody(const Exchange& exchange);

// Adds RoundTrip, OneWay and Large (works.h) through each of `peers`, of which
// the first is the twin. Once, before they are run.
//
// A measurement that fails, or takes half a minute, leaves nothing in files,
// has no result, and costs its peer all that would come later; others go on. It
// says so in a line on std::cout, `peer NAME failed: WHY`. An interruption that
// is held back (interruption.h) ends the process, after nothing is left in
// files.
void AddPeerWorks(std::span<const Peer> peers);

// Whether a measurement has failed.
bool HasFailedPeers();

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_PEER_WORKS_H_
