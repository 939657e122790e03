// Bytes that are no packet, or a packet that lies.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Packets, HostilePeerTest,
    ::testing::ValuesIn<AttackCase>({
        {.name = "ShortPackets"},
        {.name = "ShortPacketsWithASocket"},
        {.name = "EmptyPackets"},
        {.name = "EveryPrefixOfAGoodPacket"},
        {.name = "EveryByteOfAGoodPacketChanged", .outcome = kMixed},
        {.name = "TrailingBytes"},
        {.name = "MagicAtItsExtremes"},
        {.name = "VersionAtItsExtremes"},
        {.name = "EveryFlag"},
        {.name = "HandleCountAtItsExtremes"},
        {.name = "PayloadSizeAtItsExtremes"},
        {.name = "HandlesWithoutEntries"},
        {.name = "SizesThatOverflow"},
        {.name = "ClaimOfMoreThanComes"},
        {.name = "ClaimOfLessThanComes"},
        {.name = "PacketsBeyondAnyBuffer"},
        {.name = "RandomBytes"},
        {.name = "RandomChangesOfAGoodPacket", .outcome = kMixed},
        {.name = "FlagsOfTheSystemCall", .outcome = kHarmless},
        {.name = "ForeignControlData", .outcome = kMixed},
        {.name = "Silence", .outcome = kHarmless},
        {.name = "KilledHolderWhileOthersHoldTheEnd"},
        {.name = "KilledAfterHalfATransfer", .outcome = kEnded},
        {.name = "GoesAwayWithoutAWord", .outcome = kEnded},
        {.name = "GoesAwayAfterEmptyPackets", .outcome = kEnded},
    }),
    NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
