// One process waits for many channels, another sends on a random one of them.
// The size is the number of channels; each message has 8 bytes.
//
//   SetRoundTrip  the next message is sent when the last one was received
//   SetOneWay     as fast as they go, in batches

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_epoll.h"
#include "ipc_channel/bench/set_work.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

const bool kAddedRoundTrip = AddWork(
    {.name = "SetRoundTrip",
     .sizes = {8, 64, 1000},
     .variants = {{"bare_epoll",
                   [](benchmark::State& state) { RunBareEpoll(state, 1); }},
                  {"receiver_set", [](benchmark::State& state) {
                     RunReceiverSet(state, 1);
                   }}}});

const bool kAddedOneWay = AddWork(
    {.name = "SetOneWay",
     .sizes = {8, 64, 1000},
     .variants = {
         {"bare_epoll",
          [](benchmark::State& state) { RunBareEpoll(state, kSetBatch); }},
         {"receiver_set",
          [](benchmark::State& state) { RunReceiverSet(state, kSetBatch); }}}});

}  // namespace
}  // namespace ipc_channel_bench
