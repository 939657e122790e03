// Parents that spawn, and children that are spawned, killed at random moments
// again and again: no process or zombie is left, no file, no socket, and no
// descriptor in those who survive.

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/random_kill.h"
#include "ipc_channel/bootstrap/residue.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Step;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;

using Worker = Spawned<std::string, std::string>;

// Larger than what a packet carries, so that there is memory to be left, too.
std::string LargeText() { return std::string(300'000, 'x'); }

// Repeats what its parent says, until that is gone: that is no failure.
int Repeat() {
  auto parent = InheritedChannel<std::string, std::string>();
  if (!parent.ok()) return 2;
  while (true) {
    absl::StatusOr<std::string> text = parent->receiver.Recv();
    if (!text.ok()) return IsDisconnected(text.status()) ? 0 : 3;
    const absl::Status sent = parent->sender.Send(*text);
    if (!sent.ok()) return IsDisconnected(sent) ? 0 : 4;
  }
}

IPC_CHANNEL_CHILD_MAIN(Repeat) { return Repeat(); }

// The same, but it is killed at the stop of that number (args[0]), or else says
// how many there were. It is a fork that is stepped and killed; the rest of the
// program dies of it at once.
IPC_CHANNEL_CHILD_MAIN(RepeatAndDie) {
  const int last = std::stoi(args.at(0));
  int stops = 0;
  const absl::StatusOr<ExitResult> end = StepThrough(
      [] {
        BeginSteps();
        const int code = Repeat();
        EndSteps();
        return code;
      },
      [&](const SyscallStop& stop) {
        ++stops;
        return stop.number == last ? Step::Kill() : Step::GoOn();
      });
  if (!end.ok()) return 5;
  if (*end == ExitResult::Killed(SIGKILL)) ::kill(::getpid(), SIGKILL);
  std::cout << stops << std::endl;
  return end->exit_code().value_or(6);
}

absl::StatusOr<Worker> SpawnWorker(const std::string& name,
                                   const std::vector<std::string>& args = {}) {
  Command command = ChildMain(name, args);
  command.standard_input = Stdio::Pipe();
  command.standard_output = Stdio::Pipe();
  // So that no orphan was killed by a parent that did not come to reap it.
  command.at_destruction = ChildAtDestruction::kWait;
  return Spawn<std::string, std::string>(std::move(command));
}

absl::Status Exchange(Worker& worker, const std::string& text) {
  absl::Status sent = worker.sender.SendUntil(text, Soon());
  if (!sent.ok()) return sent;
  return worker.receiver.RecvUntil(Soon()).status();
}

// At how many stops a child can be killed that is sent both kinds of texts.
std::uint64_t StopsOfAChild() {
  absl::StatusOr<Worker> worker = SpawnWorker("RepeatAndDie", {"-1"});
  EXPECT_THAT(worker, IsOk());
  if (!worker.ok()) return 1;
  EXPECT_THAT(Exchange(*worker, "short"), IsOk());
  EXPECT_THAT(Exchange(*worker, LargeText()), IsOk());
  worker->sender = {};
  EXPECT_THAT(worker->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
  std::array<char, 32> text = {};
  EXPECT_GT(::read(worker->pipes.output.get(), text.data(), text.size() - 1),
            0);
  return std::strtoull(text.data(), nullptr, 10);
}

class SpawnResidueTest : public ::testing::TestWithParam<Moments> {
 protected:
  void SetUp() override {
    if (GetParam() == Moments::kTimes) return;
    const absl::Status can_step = ipc_channel_testing::CanStep();
    if (absl::IsUnimplemented(can_step)) GTEST_SKIP() << can_step;
    ASSERT_OK(can_step);
  }

  const ResidueCheck residue_;
  RandomKill kill_{GetParam(), ResidueSeed()};
};

// Has two children, one of which it talks to.
int HaveChildren() {
  BeginSteps();
  absl::StatusOr<Worker> first = SpawnWorker("Repeat");
  if (!first.ok() || !Exchange(*first, LargeText()).ok()) return 1;
  absl::StatusOr<Worker> second = SpawnWorker("Repeat");
  if (!second.ok() || !second->sender.Send("and nothing more").ok()) return 2;
  first = absl::CancelledError("it is done");
  second = absl::CancelledError("it is done");
  EndSteps();
  return 0;
}

TEST_P(SpawnResidueTest, TheChildrenOfADeadParentEndByThemselves) {
  const Victim parent = {.life = &HaveChildren};
  kill_.Live(parent);
  EXPECT_EQ(ReapAllChildren(), 0) << "it has waited for them";
  const int wanted = ResidueKills();
  int kills = 0;
  int orphans = 0;
  for (int i = 0; kills < wanted && i < 100 * wanted && !HasFailure(); ++i) {
    if (kill_.Kill(parent)) ++kills;
    orphans += ReapAllChildren();
  }
  EXPECT_EQ(kills, wanted);
  EXPECT_GT(orphans, 0);
}

TEST_P(SpawnResidueTest, TheParentOfADeadChildIsToldAndReapsIt) {
  constexpr std::uint64_t kMicroseconds = 5000;
  const bool at_call = GetParam() == Moments::kCalls;
  const std::uint64_t stops = at_call ? StopsOfAChild() : 0;
  const int wanted = ResidueKills();
  int answers = 0;
  for (int i = 0; i < wanted && !HasFailure(); ++i) {
    absl::StatusOr<Worker> worker =
        at_call
            ? SpawnWorker("RepeatAndDie", {std::to_string(kill_.Below(stops))})
            : SpawnWorker("Repeat");
    ASSERT_THAT(worker, IsOk());
    const absl::Time moment =
        absl::Now() + absl::Microseconds(static_cast<std::int64_t>(
                          kill_.Below(kMicroseconds)));
    const std::string text = i % 2 == 0 ? LargeText() : "short";
    absl::Status status;
    // Half of those that die at any time are not waited for to begin.
    if (!at_call && i % 4 < 2) {
      status = worker->sender.Send(text);
      absl::SleepFor(moment - absl::Now());
    } else {
      while (status.ok() && (at_call || absl::Now() < moment)) {
        status = Exchange(*worker, text);
        if (status.ok()) ++answers;
      }
    }
    if (!at_call) {
      EXPECT_THAT(status, IsOk());
      EXPECT_THAT(worker->child.Kill(SIGKILL), IsOk());
    }
    EXPECT_THAT(worker->child.WaitUntil(Soon()),
                IsOkAndHolds(ExitStatus::Killed(SIGKILL)));
    while (status.ok()) status = worker->receiver.RecvUntil(Soon()).status();
    EXPECT_TRUE(IsDisconnected(status)) << status;
    EXPECT_TRUE(IsDisconnected(worker->sender.Send("more")));
    EXPECT_EQ(ReapAllChildren(), 0);
  }
  EXPECT_GT(answers, 0);
}

INSTANTIATE_TEST_SUITE_P(All, SpawnResidueTest,
                         ::testing::Values(Moments::kCalls, Moments::kTimes),
                         [](const auto& info) {
                           return info.param == Moments::kCalls ? "AtCalls"
                                                                : "AtTimes";
                         });

}  // namespace
}  // namespace ipc_channel
