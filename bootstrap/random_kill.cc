#include "ipc_channel/bootstrap/random_kill.h"

#include <sched.h>
#include <signal.h>

#include <cstdint>
#include <iostream>
#include <limits>
#include <random>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::NumberFromEnvironment;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Step;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// Of a life, at least: a moment lies in it.
constexpr std::uint64_t kShortest = 1;

std::uint64_t ChooseSeed() {
  const std::uint64_t seed =
      NumberFromEnvironment("RESIDUE_SEED", std::random_device()());
  std::cout << "RESIDUE_SEED=" << seed << std::endl;
  return seed;
}

// Whether it was killed; else all went well with it.
bool WasKilled(const absl::StatusOr<ExitResult>& end) {
  if (end.ok() && *end == ExitResult::Killed(SIGKILL)) return true;
  EXPECT_THAT(end, IsOkAndHolds(ExitResult::Exited(0)));
  return false;
}

}  // namespace

std::uint64_t ResidueSeed() {
  static const std::uint64_t seed = ChooseSeed();
  return seed;
}

int ResidueKills() {
  return static_cast<int>(NumberFromEnvironment("RESIDUE_KILLS", 40));
}

std::uint64_t RandomKill::Below(std::uint64_t limit) {
  return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
}

void RandomKill::Live(const Victim& victim) {
  length_ = kShortest;
  EXPECT_FALSE(moments_ == Moments::kCalls ? KillAtCall(victim, kNever)
                                           : KillAfter(victim, kNever));
}

std::uint64_t RandomKill::NextMoment() {
  switch (moments_chosen_++) {
    case 0:
      return 0;
    case 1:
      return length_ - 1;
    default:
      return Below(length_);
  }
}

bool RandomKill::Kill(const Victim& victim) {
  const std::uint64_t moment = NextMoment();
  return moments_ == Moments::kCalls ? KillAtCall(victim, moment)
                                     : KillAfter(victim, moment);
}

bool RandomKill::KillAtCall(const Victim& victim, std::uint64_t last) {
  std::uint64_t stops = 0;
  const absl::StatusOr<ExitResult> end =
      StepThrough(victim.life, [&](const SyscallStop&) {
        victim.meanwhile();
        return stops++ == last ? Step::Kill() : Step::GoOn();
      });
  if (WasKilled(end)) return true;
  length_ = stops;
  return false;
}

bool RandomKill::KillAfter(const Victim& victim, std::uint64_t microseconds) {
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork(victim.life);
  EXPECT_THAT(child, IsOk());
  if (!child.ok()) return false;
  const absl::Time born = absl::Now();
  const absl::Time give_up = Soon();
  absl::StatusOr<ExitResult> end = child->Wait(absl::InfinitePast());
  const auto age = [&born] {
    return static_cast<std::uint64_t>(
        absl::ToInt64Microseconds(absl::Now() - born));
  };
  while (!end.ok() && age() < microseconds && absl::Now() < give_up) {
    victim.meanwhile();
    ::sched_yield();
    end = child->Wait(absl::InfinitePast());
  }
  if (!end.ok()) {
    EXPECT_THAT(child->Kill(SIGKILL), IsOk());
    return WasKilled(child->Wait(Soon()));
  }
  length_ = age() + 1;
  return WasKilled(end);
}

}  // namespace ipc_channel
