// Helper sockets and carriers.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Transfers, HostilePeerTest,
    ::testing::ValuesIn<AttackCase>({
        {.name = "GoodHelper", .outcome = kHarmless},
        {.name = "EmptyHelper"},
        {.name = "HelperThatStopsHalfway"},
        {.name = "HelperShortOfDescriptors"},
        {.name = "HelperWithTooManyDescriptors"},
        {.name = "HelperWithTooManyPackets", .outcome = kMixed},
        {.name = "HelperWronglyDivided"},
        {.name = "HelperWithRubbish"},
        {.name = "HelperOfFewHandlesAndNoneOfMany"},
        {.name = "HelperThatIsTheWrongEnd"},
        {.name = "HelperThatCarriesItself", .outcome = kHarmless},
        {.name = "HelperWithLyingMemory"},
        {.name = "SilentTransfersThatWouldBlock"},
        {.name = "HelperThatNeverEnds", .outcome = kMixed},
        {.name = "FeederKilledInTheMiddle"},
        {.name = "GoodCarriers", .outcome = kHarmless},
        {.name = "EmptyCarriers"},
        {.name = "CarrierWithTooLittle"},
        {.name = "CarrierWithTooMuch"},
        {.name = "CarrierOfCrumbs"},
        {.name = "CarrierOfHugePackets"},
        {.name = "CarrierThatNeverEnds", .outcome = kMixed},
        {.name = "DataSocketsThatAreWrong"},
        {.name = "DataSocketsInDataSockets"},
        {.name = "OneDataSocketManyTimes"},
        {.name = "CarrierAndObjectAtOnce"},
    }),
    NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
