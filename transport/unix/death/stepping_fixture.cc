#include "ipc_channel/transport/unix/death/stepping_fixture.h"

#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unix/death/cargo.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Step;
using ::ipc_channel_testing::SyscallStop;

}  // namespace

SteppingTest::SteppingTest() : mapped_before_(CountMappedObjects()) {}

void SteppingTest::SetUp() {
  const absl::Status can_step = ipc_channel_testing::CanStep();
  if (absl::IsUnimplemented(can_step)) GTEST_SKIP() << can_step;
  ASSERT_OK(can_step);
  ASSERT_OK_AND_ASSIGN(bystander_, CreateUnixChannel());
}

void SteppingTest::TearDown() {
  EXPECT_EQ(CountMappedObjects(), mapped_before_);
}

Step SteppingTest::StepTo(const SyscallStop& stop) {
  if (last_stop_ < 0) calls_.push_back(stop.call);
  return IsLast(stop) ? Step::Kill() : Step::GoOn();
}

bool SteppingTest::IsAmongEqualCalls(std::size_t stop) const {
  constexpr std::size_t kAround = 4;
  if (stop < kAround || stop + kAround >= calls_.size()) return false;
  return std::all_of(
      calls_.begin() + static_cast<std::ptrdiff_t>(stop - kAround),
      calls_.begin() + static_cast<std::ptrdiff_t>(stop + kAround + 1),
      [&](long call) { return call == calls_[stop]; });
}

void SteppingTest::AtEveryStop(absl::FunctionRef<void()> round) {
  int tried = 0;
  last_stop_ = -1;
  killed_ = 0;
  round();  // the first makes more calls under a sanitizer
  calls_.clear();
  for (; last_stop_ < static_cast<int>(calls_.size()); ++last_stop_) {
    if (last_stop_ >= 0) {
      if (IsAmongEqualCalls(static_cast<std::size_t>(last_stop_))) continue;
      ++tried;
    }
    SCOPED_TRACE(::testing::Message() << "killed at stop " << last_stop_);
    progress_.Reset();
    round();
    EXPECT_TRUE(ipc_channel_testing::AreConnected(bystander_.sender,
                                                  bystander_.receiver));
    if (HasFailure()) return;
  }
  // All of them, but for what a sanitizer does in one round and not in another.
  EXPECT_GT(killed_, tried / 2);
  RecordProperty("killed", killed_);
}

bool SteppingTest::WasKilled(const absl::StatusOr<ExitResult>& end) {
  if (end.ok() && *end == ExitResult::Killed(SIGKILL)) {
    ++killed_;
    return true;
  }
  EXPECT_THAT(end, IsOkAndHolds(ExitResult::Exited(0)));
  return false;
}

void SteppingTest::Queue(Cargo& cargo, const Sender& sender) {
  if (cargo.spec().without_memfd) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           return DenyMemfdAndLargeBuffers(ENOSYS) &&
                                          cargo.SendTo(sender).ok()
                                      ? 0
                                      : 1;
                         }));
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  } else {
    ASSERT_OK(cargo.SendTo(sender));
  }
  cargo.DropFreight();
  ASSERT_OK(SendText(sender, "after it"));
}

std::string NameOfCargo(const ::testing::TestParamInfo<CargoSpec>& info) {
  return info.param.name;
}

}  // namespace ipc_channel::transport::unix_backend
