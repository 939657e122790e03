// Those who hold a duplicate of the victim's end.

#include "gtest/gtest.h"
#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

namespace ipc_channel_hostile {
namespace {

using enum Outcome;

AttackCase CoHolder(const char* name, Outcome outcome) {
  return {.name = name, .outcome = outcome, .shares_the_end = true};
}

INSTANTIATE_TEST_SUITE_P(Sockets, HostilePeerTest,
                         ::testing::ValuesIn<AttackCase>({
                             CoHolder("BufferSizes", kHarmless),
                             CoHolder("Timeouts", kHarmless),
                             CoHolder("ControlDataNobodyAskedFor", kHarmless),
                             CoHolder("PeekOffsets", kHarmless),
                             CoHolder("WakeUpOptions", kHarmless),
                             CoHolder("OtherOptions", kHarmless),
                             CoHolder("DrainedErrors", kHarmless),
                             CoHolder("NonBlocking", kHarmless),
                             CoHolder("HarmlessSignals", kHarmless),
                             {.name = "HandledSignals",
                              .outcome = kHarmless,
                              .shares_the_end = true,
                              .sends_signals = true},
                             CoHolder("DeadlySignalsOfAnotherUser", kHarmless),
                             CoHolder("FilterThatCutsPackets", kEnded),
                             CoHolder("FilterThatDropsPackets", kEnded),
                             CoHolder("FilterOnTheOtherEnd", kHarmless),
                             CoHolder("BpfProgramThatDropsPackets", kEnded),
                             CoHolder("DescriptorsRefused", kEnded),
                             CoHolder("ShutForReading", kEnded),
                             CoHolder("ShutForWriting", kHarmless),
                             CoHolder("ShutByTheSender", kEnded),
                             CoHolder("ConnectListenAndBind", kHarmless),
                             CoHolder("PacketsInTheBackDirection", kHarmless),
                             CoHolder("PacketsInTheBackDirectionBeforeTheEnd",
                                      kEnded),
                             CoHolder("ThiefWhoOnlyPeeks", kHarmless),
                             CoHolder("ThiefWhoReads", kHarmless),
                             CoHolder("ThiefWhoTakesTheMessage", kHarmless),
                             {.name = "ThiefWhoStallsInTheKernel",
                              .outcome = kHarmless,
                              .shares_the_end = true,
                              .rounds = 10},
                             {.name = "WatcherWhoIsWokenAlone",
                              .outcome = kHarmless,
                              .shares_the_end = true,
                              .may_starve = true},
                             CoHolder("KilledCoHolder", kHarmless),
                             CoHolder("VictimsOwnEndOverItself", kMixed),
                         }),
                         NameOf);

}  // namespace
}  // namespace ipc_channel_hostile
