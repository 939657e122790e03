// Memory objects that are not what is due.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Memory, HostilePeerTest,
    ::testing::ValuesIn<AttackCase>({
        {.name = "GoodObjects", .outcome = kHarmless},
        {.name = "Unsealed"},
        {.name = "EachSealMissing"},
        {.name = "SealsOfAnotherRole"},
        {.name = "SizesThatLie"},
        {.name = "EmptyObjects"},
        {.name = "SparseObjects", .outcome = kMixed},
        {.name = "SparseObjectsWithBlocksBeyondTheEnd"},
        {.name = "HugeObjects"},
        {.name = "ShrinkingWhileReceived"},
        {.name = "WriteSealedAndShrinking"},
        {.name = "SealedWhileReceived", .outcome = kMixed},
        {.name = "MutableMemoryPunchedWhileRead", .outcome = kHarmless},
        {.name = "MemoryWrittenWhileRead", .outcome = kHarmless},
        {.name = "OpenedForReadingOnly", .outcome = kMixed},
        {.name = "OpenedForWritingOnly"},
        {.name = "HugePages"},
        {.name = "FilesOfATmpfs"},
        {.name = "SealsBeyondTheNeed", .outcome = kHarmless},
        {.name = "OneObjectInManyPlaces", .outcome = kMixed},
    }),
    NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
