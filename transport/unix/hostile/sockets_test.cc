// Those who hold a duplicate of the victim's end.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

INSTANTIATE_TEST_SUITE_P(
    Sockets, HostilePeerTest,
    ::testing::ValuesIn<AttackCase>({
        {.name = "BufferSizes", .outcome = kHarmless, .shares_the_end = true},
        {.name = "Timeouts", .outcome = kHarmless, .shares_the_end = true},
        {.name = "ControlDataNobodyAskedFor",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "PeekOffsets", .outcome = kHarmless, .shares_the_end = true},
        {.name = "WakeUpOptions", .outcome = kHarmless, .shares_the_end = true},
        {.name = "OtherOptions", .outcome = kHarmless, .shares_the_end = true},
        {.name = "DrainedErrors", .outcome = kHarmless, .shares_the_end = true},
        {.name = "NonBlocking", .outcome = kHarmless, .shares_the_end = true},
        {.name = "HarmlessSignals",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "HandledSignals",
         .outcome = kHarmless,
         .shares_the_end = true,
         .sends_signals = true},
        {.name = "DeadlySignalsOfAnotherUser",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "FilterThatCutsPackets",
         .outcome = kEnded,
         .shares_the_end = true},
        {.name = "FilterThatDropsPackets",
         .outcome = kEnded,
         .shares_the_end = true},
        {.name = "FilterOnTheOtherEnd",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "BpfProgramThatDropsPackets",
         .outcome = kEnded,
         .shares_the_end = true},
        {.name = "DescriptorsRefused",
         .outcome = kEnded,
         .shares_the_end = true},
        {.name = "ShutForReading", .outcome = kEnded, .shares_the_end = true},
        {.name = "ShutForWriting",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "ShutByTheSender", .outcome = kEnded, .shares_the_end = true},
        {.name = "ConnectListenAndBind",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "PacketsInTheBackDirection",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "PacketsInTheBackDirectionBeforeTheEnd",
         .outcome = kEnded,
         .shares_the_end = true},
        {.name = "ThiefWhoOnlyPeeks",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "ThiefWhoReads", .outcome = kHarmless, .shares_the_end = true},
        {.name = "ThiefWhoTakesTheMessage",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "WatcherWhoIsWokenAlone",
         .outcome = kHarmless,
         .shares_the_end = true,
         .may_starve = true},
        {.name = "KilledCoHolder",
         .outcome = kHarmless,
         .shares_the_end = true},
        {.name = "VictimsOwnEndOverItself",
         .outcome = kMixed,
         .shares_the_end = true},
    }),
    NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
