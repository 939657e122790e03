// More than a victim can take.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(Floods, HostilePeerTest,
                         ::testing::ValuesIn<AttackCase>({
                             {.name = "FloodOfMessages",
                              .outcome = kHarmless,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodOfRubbish",
                              .outcome = kDropped,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodOfDescriptors",
                              .outcome = kMixed,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodOfEnds",
                              .outcome = kHarmless,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodOfLargePayloads",
                              .outcome = kHarmless,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodOfCarriers",
                              .outcome = kMixed,
                              .rounds = 4,
                              .flood = 100},
                             {.name = "FloodFromManySides",
                              .outcome = kMixed,
                              .rounds = 4,
                              .flood = 100},
                         }),
                         NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
