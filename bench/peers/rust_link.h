#ifndef IPC_CHANNEL_BENCH_PEERS_RUST_LINK_H_
#define IPC_CHANNEL_BENCH_PEERS_RUST_LINK_H_

#include <string>

namespace ipc_channel_bench {

// Adds (peers.h) the peers in the library `path`, which is built of
// bench/peers/rust; it is opened only in the processes that use it. Where it
// cannot be opened, they say so as their why_missing.
void AddRustPeers(const std::string& path);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_RUST_LINK_H_
