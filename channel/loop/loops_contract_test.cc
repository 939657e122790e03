// The contract of a Reactor, and that of an EventLoop, for all loops that are
// here.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/contract/reactor_contract.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::EventLoop;
using ::ipc_channel::Watch;
using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::Doorbell;
using ::ipc_channel::transport::Interest;
using ::ipc_channel::transport::UniqueFd;

std::unique_ptr<EventLoop> NewPollReactor() {
  return ipc_channel::PollReactor::Create().value();
}

// An EpollReactor on Linux.
std::unique_ptr<EventLoop> NewBest() {
  return ipc_channel::NewEventLoop().value();
}

class Driver final : public ReactorDriver {
 public:
  explicit Driver(std::unique_ptr<EventLoop> loop) : loop_(std::move(loop)) {}

  ipc_channel::Reactor& reactor() override { return *loop_; }
  void RunOnce(absl::Time deadline) override { loop_->RunOnce(deadline); }

 private:
  std::unique_ptr<EventLoop> loop_;
};

INSTANTIATE_TEST_SUITE_P(
    Loops, ReactorContractTest,
    ::testing::Values(
        ReactorKind{"PollReactor",
                    [] { return std::make_unique<Driver>(NewPollReactor()); }},
        ReactorKind{"Best",
                    [] { return std::make_unique<Driver>(NewBest()); }}),
    ReactorKind::Name);

class EventLoopTest
    : public ::testing::TestWithParam<std::unique_ptr<EventLoop> (*)()> {
 protected:
  EventLoopTest() : loop_(GetParam()()) {}

  std::unique_ptr<Watch> NewWatch(BorrowedFd descriptor,
                                  absl::AnyInvocable<void()> callback,
                                  Interest interest = Interest::kReadable) {
    return loop_->NewWatch(descriptor, interest, std::move(callback)).value();
  }

  ExpectNoFdLeak no_leak_;
  std::unique_ptr<EventLoop> loop_;
};

INSTANTIATE_TEST_SUITE_P(Loops, EventLoopTest,
                         ::testing::Values(&NewPollReactor, &NewBest));

TEST_P(EventLoopTest, RunReturnsWhenAnotherThreadStopsIt) {
  for (int round = 0; round < 100; ++round) {
    std::thread stopper([this] { loop_->Stop(); });
    loop_->Run();
    stopper.join();
  }
}

// Keeps a loop busy, so that it sees at once that it is stopped.
struct ExecuteAgain {
  EventLoop* loop;
  void operator()() const { loop->Execute(*this); }
};

TEST_P(EventLoopTest, MayBeDestroyedWhenRunHasReturnedThoughStopHasNot) {
  for (int round = 0; round < 1'000; ++round) {
    std::unique_ptr<EventLoop> loop = GetParam()();
    loop->Execute(ExecuteAgain{loop.get()});
    std::thread stopper([stopped = loop.get()] { stopped->Stop(); });
    loop->Run();
    loop.reset();
    stopper.join();
  }
}

TEST_P(EventLoopTest, AStopBeforeRunIsNotLostAndCountsOnce) {
  loop_->Stop();
  loop_->Run();
  bool is_run = false;
  loop_->Execute([&] {
    is_run = true;
    loop_->Stop();
  });
  loop_->Run();
  EXPECT_TRUE(is_run);
}

TEST_P(EventLoopTest, RunOnceWaitsUntilItsDeadlineIfThereIsNothing) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  while (absl::Now() < deadline) EXPECT_FALSE(loop_->RunOnce(deadline));
  EXPECT_FALSE(loop_->RunOnce(absl::InfinitePast()));
  loop_->Execute([] {});
  EXPECT_TRUE(loop_->RunOnce());
}

TEST_P(EventLoopTest, RefusesWhatIsNotOpen) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_THAT(loop_->NewWatch(BorrowedFd(ends[0]), Interest::kReadable, [] {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(EventLoopTest, WatchesThatOutliveItAreNeverCalled) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  const auto watch = NewWatch(bell.descriptor(), [] { FAIL(); });
  const auto due = NewWatch(BorrowedFd(), [] { FAIL(); });
  watch->Arm(absl::InfiniteFuture());
  due->Arm(absl::InfinitePast());
  loop_.reset();
  watch->Arm(absl::InfinitePast());
  due->Disarm();
}

TEST_P(EventLoopTest, AForkedChildDestroysItWithoutDisturbingTheParent) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  bool is_called = false;
  auto watch = NewWatch(bell.descriptor(), [&] { is_called = true; });
  watch->Arm(absl::InfiniteFuture());
  const pid_t child = ::fork();
  if (child == 0) {
    watch.reset();
    loop_.reset();
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  bell.Ring();
  EXPECT_TRUE(loop_->RunOnce(absl::Now() + absl::Minutes(1)));
  EXPECT_TRUE(is_called);
}

TEST_P(EventLoopTest, ArmingAndCallingAllocatesNothing) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  int calls = 0;
  const auto timer = NewWatch(BorrowedFd(), [&] { ++calls; });
  const auto reader = NewWatch(bell.descriptor(), [&] { ++calls; });
  const auto writer = NewWatch(
      bell.descriptor(), [&] { ++calls; }, Interest::kWritable);
  const auto round = [&] {
    calls = 0;
    bell.Silence();
    timer->Arm(absl::Now() - absl::Seconds(1));
    reader->Arm(absl::Now() + absl::Hours(1));
    writer->Arm(absl::Now() + absl::Hours(1));
    bell.Ring();
    loop_->Execute([&] { ++calls; });
    while (calls < 4) loop_->RunOnce();
  };
  round();
  round();
  const std::uint64_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) round();
  EXPECT_EQ(AllocationCount() - before, 0u);
}

TEST_P(EventLoopTest, HasRoomForThousandsOfWatches) {
  constexpr int kWatches = 3'000;
  int calls = 0;
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kWatches; ++i) {
    watches.push_back(NewWatch(BorrowedFd(), [&] { ++calls; }));
    watches.back()->Arm(absl::Now() + absl::Microseconds(i * 7 % 1'000));
  }
  for (int i = 0; i < kWatches; i += 2) watches[i].reset();
  while (calls < kWatches / 2) loop_->RunOnce();
  EXPECT_FALSE(loop_->RunOnce(absl::InfinitePast()));
  EXPECT_EQ(calls, kWatches / 2);
}

// Such as several for each descriptor, or after the limit was lowered.
TEST_P(EventLoopTest, MayWaitForMoreThanTheLimitOfDescriptors) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  ASSERT_OK_AND_ASSIGN(Doorbell silent, Doorbell::Create());
  int calls = 0;
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 10; ++i) {
    watches.push_back(NewWatch(silent.descriptor(), [] { FAIL(); }));
  }
  watches.push_back(NewWatch(bell.descriptor(), [&] { ++calls; }));
  for (const auto& watch : watches) watch->Arm(absl::InfiniteFuture());
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit low = {.rlim_cur = 4, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  loop_->RunOnce(absl::Now() + absl::Milliseconds(1));
  EXPECT_EQ(calls, 0);
  bell.Ring();
  const absl::Time give_up = absl::Now() + absl::Seconds(5);
  while (calls == 0 && absl::Now() < give_up) loop_->RunOnce(give_up);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(calls, 1);
}

TEST_P(EventLoopTest, ADescriptorClosedTooEarlyDoesNoHarm) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  // The kernel goes on to report the open file, which the duplicate keeps.
  UniqueFd closed_too_early(::dup(bell.descriptor().get()));
  auto watch = NewWatch(closed_too_early.Borrow(), [] { FAIL(); });
  watch->Arm(absl::InfiniteFuture());
  closed_too_early.Reset();
  watch.reset();
  // In the place of the former, which is not to be taken for it.
  ASSERT_OK_AND_ASSIGN(Doorbell silent, Doorbell::Create());
  const auto next = NewWatch(silent.descriptor(), [] { FAIL(); });
  next->Arm(absl::InfiniteFuture());
  bell.Ring();
  bool is_called = false;
  const auto timer = NewWatch(BorrowedFd(), [&] { is_called = true; });
  timer->Arm(absl::Now() + absl::Milliseconds(1));
  while (!is_called) loop_->RunOnce();
}

TEST_P(EventLoopTest, WithoutMemoryThereIsNoWatch) {
  ASSERT_OK_AND_ASSIGN(Doorbell bell, Doorbell::Create());
  bool failed = true;
  for (std::uint64_t successes = 0; failed; ++successes) {
    absl::StatusCode code;
    {
      const ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kFromThenOn);
      code = loop_->NewWatch(bell.descriptor(), Interest::kReadable, [] {})
                 .status()
                 .code();
      failed = failure.happened();
    }
    EXPECT_EQ(code, failed ? absl::StatusCode::kResourceExhausted
                           : absl::StatusCode::kOk);
  }
  EXPECT_FALSE(loop_->RunOnce(absl::InfinitePast()));
}

}  // namespace
}  // namespace ipc_channel_testing
