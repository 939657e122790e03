// More than a victim can take.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

AttackCase Flood(const char* name, Outcome outcome) {
  return {.name = name, .outcome = outcome, .rounds = 4, .flood = 100};
}

INSTANTIATE_TEST_SUITE_P(Floods, HostilePeerTest,
                         ::testing::ValuesIn<AttackCase>({
                             Flood("FloodOfMessages", kHarmless),
                             Flood("FloodOfRubbish", kDropped),
                             Flood("FloodOfDescriptors", kMixed),
                             Flood("FloodOfEnds", kHarmless),
                             Flood("FloodOfLargePayloads", kHarmless),
                             Flood("FloodOfCarriers", kMixed),
                             Flood("FloodFromManySides", kMixed),
                         }),
                         NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
