// Handles that are not what they are said to be.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Handles, HostilePeerTest,
    ::testing::ValuesIn<AttackCase>({
        {.name = "UnknownKinds"},
        {.name = "ReservedBytesOfEntries"},
        {.name = "MissingDescriptors"},
        {.name = "SuperfluousDescriptors"},
        {.name = "AsManyDescriptorsAsAPacketCarries", .outcome = kMixed},
        {.name = "OddDescriptorsAsSenders"},
        {.name = "OddDescriptorsAsReceivers"},
        {.name = "OddDescriptorsAsSharedMemory"},
        {.name = "OddDescriptorsAsMutableMemory"},
        {.name = "OddDescriptorsAsReadOnlyMemory"},
        {.name = "OddDescriptorsAsPayloadObjects"},
        {.name = "OddDescriptorsAsPayloadCarriers"},
        {.name = "OddDescriptorsAsMemoryCarriers"},
        {.name = "OddDescriptorsAsHelpers"},
        {.name = "OddDescriptorsAsThemselves", .outcome = kHarmless},
        {.name = "IoUring", .outcome = kHarmless},
        {.name = "UnconnectedSocketsAsEnds", .outcome = kHarmless},
        {.name = "ReceiverForASenderAndTheReverse", .outcome = kHarmless},
        {.name = "EndsOfDeadChannels", .outcome = kHarmless},
        {.name = "AttackedSocketOverItself", .outcome = kMixed},
        {.name = "ChainsAndCyclesOfReceivers", .outcome = kHarmless},
        {.name = "LyingHints", .outcome = kHarmless},
        {.name = "MemoryOfNoBytesWithADescriptor", .outcome = kMixed},
        {.name = "GoodHandlesBeforeABadOne"},
        {.name = "LingeringSockets", .rounds = 10},
    }),
    NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
