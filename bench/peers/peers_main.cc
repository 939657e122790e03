// The works of peer_works.h through everything that was built in, and
//
//   --rust=FILE     the peers in Rust: a library that tools/bench_peers_install
//                   has built
//   --without=NAME  no peer of that name; may be given again
//
// beside the options of rounds.h. A peer that cannot be used here and now is
// left out, with a line that says why; where one fails the others are measured
// all the same, and the process ends with 1. Ctrl-C and the like leave nothing
// in files.

#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "ipc_channel/bench/peers/interruption.h"
#include "ipc_channel/bench/peers/peer_works.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/rust_link.h"
#include "ipc_channel/bench/rounds.h"

namespace ipc_channel_bench {
namespace {

constexpr char kTwin[] = "bare";

void Print(const Peer& peer, absl::string_view why_missing) {
  std::cout << peer.name;
  if (!peer.version.empty()) std::cout << " " << peer.version;
  if (!why_missing.empty()) std::cout << " is left out: " << why_missing;
  std::cout << "\n";
}

// Those that can be used; the twin first.
std::vector<Peer> UsablePeers(const std::set<std::string>& unwanted) {
  std::vector<Peer> usable;
  for (const Peer& peer : AllPeers()) {
    if (unwanted.count(peer.name) > 0) continue;
    const std::string why =
        peer.why_missing == nullptr ? "" : peer.why_missing();
    Print(peer, why);
    if (!why.empty()) continue;
    usable.insert(peer.name == kTwin ? usable.begin() : usable.end(), peer);
  }
  return usable;
}

int Main(int argc, char** argv) {
  HoldInterruptions();
  std::vector<char*> arguments;
  std::set<std::string> unwanted;
  for (char* argument : std::vector<char*>(argv, argv + argc)) {
    absl::string_view text = argument;
    if (absl::ConsumePrefix(&text, "--rust=")) {
      AddRustPeers(std::string(text));
    } else if (absl::ConsumePrefix(&text, "--without=")) {
      unwanted.insert(std::string(text));
    } else {
      arguments.push_back(argument);
    }
  }
  AddPeerWorks(UsablePeers(unwanted));
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  const int result = RunAllWorks(count, arguments.data());
  return HasFailedPeers() ? 1 : result;
}

}  // namespace
}  // namespace ipc_channel_bench

int main(int argc, char** argv) { return ipc_channel_bench::Main(argc, argv); }
