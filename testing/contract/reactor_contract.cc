#include "ipc_channel/testing/contract/reactor_contract.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

using ::ipc_channel::Watch;
using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::Interest;
using ::ipc_channel::transport::UniqueFd;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReactorContractTest);

namespace {

void Check(bool is_well) {
  if (!is_well) std::abort();
}

// Two sockets connected to each other, neither of which blocks.
struct Sockets {
  Sockets() {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    near.Reset(ends[0]);
    far.Reset(ends[1]);
    for (const int end : ends) Check(::fcntl(end, F_SETFL, O_NONBLOCK) == 0);
  }

  void SendFromFar() { Check(::write(far.get(), "x", 1) == 1); }

  // One attempt at reading a byte.
  bool ReadNear() {
    char byte;
    return ::read(near.get(), &byte, 1) == 1;
  }

  void FillFromNear() {
    const std::vector<char> much(1 << 16);
    while (::write(near.get(), much.data(), much.size()) > 0) continue;
  }
  void DrainFar() {
    std::vector<char> much(1 << 16);
    while (::read(far.get(), much.data(), much.size()) > 0) continue;
  }

  UniqueFd near;
  UniqueFd far;
};

}  // namespace

std::unique_ptr<Watch> ReactorContractTest::WatchFor(BorrowedFd descriptor,
                                                     Interest interest,
                                                     Callback callback) {
  absl::StatusOr<std::unique_ptr<Watch>> watch =
      reactor().NewWatch(descriptor, interest, std::move(callback));
  EXPECT_OK(watch);
  Check(watch.ok());
  return *std::move(watch);
}

std::unique_ptr<Watch> ReactorContractTest::WatchForReading(
    const UniqueFd& descriptor, Callback callback) {
  return WatchFor(descriptor.Borrow(), Interest::kReadable,
                  std::move(callback));
}

std::unique_ptr<Watch> ReactorContractTest::Timer(Callback callback) {
  return WatchFor(BorrowedFd(), Interest::kReadable, std::move(callback));
}

bool ReactorContractTest::RunUntil(absl::FunctionRef<bool()> condition) {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (!condition()) {
    if (absl::Now() > give_up) return false;
    driver_->RunOnce(give_up);
  }
  return true;
}

void ReactorContractTest::RunWhatThereIs() {
  for (int turn = 0; turn < 5; ++turn) driver_->RunOnce(absl::InfinitePast());
}

TEST_P(ReactorContractTest, CallsOnceForEachTimeItIsArmed) {
  Sockets sockets;
  int calls = 0;
  const auto watch = WatchForReading(sockets.near, [&] { ++calls; });
  for (int round = 1; round <= 3; ++round) {
    ASSERT_FALSE(sockets.ReadNear());
    watch->Arm(absl::InfiniteFuture());
    RunWhatThereIs();
    EXPECT_EQ(calls, round - 1);
    sockets.SendFromFar();
    sockets.SendFromFar();
    EXPECT_TRUE(RunUntil([&] { return calls == round; }));
    sockets.SendFromFar();
    RunWhatThereIs();
    EXPECT_EQ(calls, round);
    while (sockets.ReadNear()) continue;
  }
}

TEST_P(ReactorContractTest, NeverCallsWhatIsNotArmed) {
  Sockets sockets;
  const auto never = WatchForReading(sockets.near, [] { FAIL(); });
  const auto disarmed = WatchForReading(sockets.near, [] { FAIL(); });
  const auto timer = Timer([] { FAIL(); });
  disarmed->Arm(absl::InfiniteFuture());
  disarmed->Disarm();
  timer->Arm(absl::InfinitePast());
  timer->Disarm();
  sockets.SendFromFar();
  RunWhatThereIs();
}

TEST_P(ReactorContractTest, ShowsWhatComesAfterAFailedAttempt) {
  Sockets sockets;
  int calls = 0;
  const auto watch = WatchForReading(sockets.near, [&] { ++calls; });
  for (int round = 1; round <= 3; ++round) {
    sockets.SendFromFar();  // seen by nobody but the attempt
    RunWhatThereIs();
    ASSERT_TRUE(sockets.ReadNear());
    ASSERT_FALSE(sockets.ReadNear());
    sockets.SendFromFar();  // between the attempt and arming
    watch->Arm(absl::InfiniteFuture());
    EXPECT_TRUE(RunUntil([&] { return calls == round; }));
    ASSERT_TRUE(sockets.ReadNear());
  }
}

TEST_P(ReactorContractTest, ShowsRoomForWriting) {
  Sockets sockets;
  int calls = 0;
  const auto watch =
      WatchFor(sockets.near.Borrow(), Interest::kWritable, [&] { ++calls; });
  for (int round = 1; round <= 3; ++round) {
    sockets.FillFromNear();
    watch->Arm(absl::InfiniteFuture());
    RunWhatThereIs();
    EXPECT_EQ(calls, round - 1);
    sockets.DrainFar();
    EXPECT_TRUE(RunUntil([&] { return calls == round; }));
    RunWhatThereIs();
    EXPECT_EQ(calls, round);
  }
}

TEST_P(ReactorContractTest, ShowsTheEndToReadersAndWriters) {
  Sockets sockets;
  bool reader_knows = false;
  bool writer_knows = false;
  const auto reader =
      WatchForReading(sockets.near, [&] { reader_knows = true; });
  const auto writer = WatchFor(sockets.near.Borrow(), Interest::kWritable,
                               [&] { writer_knows = true; });
  sockets.FillFromNear();
  reader->Arm(absl::InfiniteFuture());
  writer->Arm(absl::InfiniteFuture());
  RunWhatThereIs();
  ASSERT_FALSE(reader_knows || writer_knows);
  sockets.far.Reset();
  EXPECT_TRUE(RunUntil([&] { return reader_knows && writer_knows; }));
}

TEST_P(ReactorContractTest, CallsAtTheDeadlineAndNotBefore) {
  Sockets sockets;
  std::vector<int> calls;
  const absl::Time start = absl::Now();
  const absl::Time at[] = {start + absl::Milliseconds(30),
                           start + absl::Milliseconds(10)};
  const auto later = Timer([&] {
    EXPECT_GE(absl::Now(), at[0]);
    calls.push_back(0);
  });
  const auto sooner = WatchForReading(sockets.near, [&] {
    EXPECT_GE(absl::Now(), at[1]);
    calls.push_back(1);
  });
  later->Arm(at[0]);
  sooner->Arm(at[1]);
  EXPECT_TRUE(RunUntil([&] { return calls.size() == 2; }));
  EXPECT_THAT(calls, ElementsAre(1, 0));
}

TEST_P(ReactorContractTest, ArmingAgainChangesTheDeadline) {
  bool sooner = false;
  const auto to_sooner = Timer([&] { sooner = true; });
  const auto to_later = Timer([] { FAIL(); });
  to_sooner->Arm(absl::InfiniteFuture());
  to_later->Arm(absl::Now() + absl::Milliseconds(1));
  to_later->Arm(absl::Now() + absl::Hours(1));
  to_sooner->Arm(absl::Now() + absl::Milliseconds(10));
  EXPECT_TRUE(RunUntil([&] { return sooner; }));
  RunWhatThereIs();
}

TEST_P(ReactorContractTest, APastDeadlineIsCalledByTheLoopAndNotByArm) {
  for (const absl::Time past :
       {absl::InfinitePast(), absl::Now() - absl::Hours(1)}) {
    bool is_called = false;
    const auto timer = Timer([&] { is_called = true; });
    timer->Arm(past);
    EXPECT_FALSE(is_called);
    EXPECT_TRUE(RunUntil([&] { return is_called; }));
  }
}

TEST_P(ReactorContractTest, ACallbackMayDestroyItsWatch) {
  Sockets sockets;
  const auto held = std::make_shared<int>(7);
  std::unique_ptr<Watch> watch;
  int seen = 0;
  watch = WatchForReading(sockets.near, [&watch, &seen, held] {
    watch.reset();
    seen = *held;  // what the callback holds lives until it returns
  });
  watch->Arm(absl::InfiniteFuture());
  sockets.SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return seen == 7; }));
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(ReactorContractTest, ADestroyedWatchDestroysItsCallback) {
  Sockets sockets;
  const auto held = std::make_shared<int>(7);
  auto watch = WatchForReading(sockets.near, [held] { FAIL(); });
  watch->Arm(absl::InfinitePast());
  watch.reset();
  EXPECT_EQ(held.use_count(), 1);
  RunWhatThereIs();
}

TEST_P(ReactorContractTest, ACallbackMayDestroyAnotherThatIsReadyToo) {
  Sockets sockets[2];
  std::unique_ptr<Watch> watches[2];
  int calls = 0;
  for (const int i : {0, 1}) {
    watches[i] = WatchForReading(sockets[i].near, [&, i] {
      ++calls;
      watches[1 - i].reset();
    });
    watches[i]->Arm(absl::InfiniteFuture());
    sockets[i].SendFromFar();
  }
  EXPECT_TRUE(RunUntil([&] { return calls > 0; }));
  RunWhatThereIs();
  EXPECT_EQ(calls, 1);
}

TEST_P(ReactorContractTest, ACallbackMayDisarmAnotherThatIsReadyToo) {
  Sockets sockets[2];
  std::unique_ptr<Watch> watches[2];
  int calls = 0;
  for (const int i : {0, 1}) {
    watches[i] = WatchForReading(sockets[i].near, [&, i] {
      ++calls;
      watches[1 - i]->Disarm();
    });
    watches[i]->Arm(absl::InfiniteFuture());
    sockets[i].SendFromFar();
  }
  EXPECT_TRUE(RunUntil([&] { return calls > 0; }));
  RunWhatThereIs();
  EXPECT_EQ(calls, 1);
}

TEST_P(ReactorContractTest, ACallbackMayAddWatchesAndArmItself) {
  Sockets sockets;
  std::vector<std::unique_ptr<Watch>> timers;
  std::unique_ptr<Watch> watch;
  int calls = 0;
  watch = WatchForReading(sockets.near, [&] {
    while (sockets.ReadNear()) continue;
    for (int i = 0; i < 100; ++i) {
      timers.push_back(Timer([&] { ++calls; }));
      timers.back()->Arm(absl::InfinitePast());
    }
    watch->Arm(absl::InfiniteFuture());
  });
  watch->Arm(absl::InfiniteFuture());
  sockets.SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return calls == 100; }));
  sockets.SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return calls == 200; }));
}

TEST_P(ReactorContractTest, SeveralWatchesMayBeForOneDescriptor) {
  Sockets sockets;
  std::vector<int> calls;
  std::unique_ptr<Watch> readers[3];
  for (int i = 0; i < 3; ++i) {
    readers[i] = WatchForReading(sockets.near, [&, i] { calls.push_back(i); });
    readers[i]->Arm(absl::InfiniteFuture());
  }
  const auto writer = WatchFor(sockets.near.Borrow(), Interest::kWritable,
                               [&] { calls.push_back(3); });
  sockets.FillFromNear();
  writer->Arm(absl::InfiniteFuture());
  sockets.SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return calls.size() == 3; }));
  EXPECT_THAT(calls, UnorderedElementsAre(0, 1, 2));
  sockets.DrainFar();
  EXPECT_TRUE(RunUntil([&] { return calls.size() == 4; }));
  EXPECT_EQ(calls.back(), 3);

  readers[0].reset();  // leaves the others of the descriptor alone
  calls.clear();
  ASSERT_TRUE(sockets.ReadNear());
  readers[1]->Arm(absl::InfiniteFuture());
  readers[2]->Arm(absl::InfiniteFuture());
  sockets.SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return calls.size() == 2; }));
  EXPECT_THAT(calls, UnorderedElementsAre(1, 2));
}

TEST_P(ReactorContractTest, ANumberMayBeUsedAgain) {
  std::optional<Sockets> sockets(std::in_place);
  const int number = sockets->near.get();
  auto former = WatchForReading(sockets->near, [] { FAIL(); });
  former->Arm(absl::InfiniteFuture());
  former.reset();
  sockets.reset();
  sockets.emplace();
  ASSERT_EQ(sockets->near.get(), number);
  bool is_called = false;
  const auto watch = WatchForReading(sockets->near, [&] { is_called = true; });
  watch->Arm(absl::InfiniteFuture());
  sockets->SendFromFar();
  EXPECT_TRUE(RunUntil([&] { return is_called; }));
}

// Its descriptor shows the state of others, by epoll(7) inside epoll(7) say.
TEST_P(ReactorContractTest, ShowsAReceiverSetAgainAndAgain) {
  constexpr int kRounds = 300;
  ASSERT_OK_AND_ASSIGN(auto one, ipc_channel::Channel<int>());
  ASSERT_OK_AND_ASSIGN(auto other, ipc_channel::Channel<int>());
  ipc_channel::ReceiverSet set;
  ASSERT_OK(set.Add(std::move(one.receiver)));
  ASSERT_OK(set.Add(std::move(other.receiver)));
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, set.waitable());
  int received = 0;
  std::unique_ptr<Watch> watch;
  const auto receive = [&] {
    while (true) {
      const auto events = set.TrySelect();
      if (!events.ok() || events->empty()) break;
      received += static_cast<int>(events->size());
    }
    watch->Arm(set.deadline());
  };
  watch = WatchFor(waitable, Interest::kReadable, receive);
  receive();
  const auto send = [](const ipc_channel::Sender<int>& sender) {
    for (int i = 0; i < kRounds; ++i) EXPECT_OK(sender.Send(i));
  };
  std::thread senders[] = {std::thread(send, std::cref(one.sender)),
                           std::thread(send, std::cref(other.sender))};
  EXPECT_TRUE(RunUntil([&] { return received == 2 * kRounds; }));
  for (std::thread& sender : senders) sender.join();
}

TEST_P(ReactorContractTest, ExecutesInOrderAndNotWithinTheCall) {
  std::vector<int> run;
  for (int i = 0; i < 3; ++i) {
    reactor().Execute([&, i] {
      run.push_back(i);
      reactor().Execute([&, i] { run.push_back(i + 10); });
    });
  }
  EXPECT_TRUE(run.empty());
  EXPECT_TRUE(RunUntil([&] { return run.size() == 6; }));
  EXPECT_THAT(run, ElementsAre(0, 1, 2, 10, 11, 12));
}

TEST_P(ReactorContractTest, ExecutesForOtherThreadsAndWakesForThem) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  const std::thread::id loop_thread = std::this_thread::get_id();
  int run = 0;  // by the loop's thread alone
  const auto execute = [&] {
    for (int i = 0; i < kTasks; ++i) {
      reactor().Execute([&] {
        EXPECT_EQ(std::this_thread::get_id(), loop_thread);
        ++run;
      });
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(execute);
  EXPECT_TRUE(RunUntil([&] { return run == kThreads * kTasks; }));
  for (std::thread& thread : threads) thread.join();
  RunWhatThereIs();
  EXPECT_EQ(run, kThreads * kTasks);
}

// Answers each task with another from a thread that waits for the first: all
// would stop if one task did not wake the loop.
TEST_P(ReactorContractTest, EveryTaskWakesALoopThatWaits) {
  constexpr int kRounds = 300;
  std::atomic<int> run = 0;
  std::thread asker([&] {
    for (int round = 1; round <= kRounds; ++round) {
      reactor().Execute([&] {
        ++run;
        run.notify_all();
      });
      run.wait(round - 1);
    }
  });
  EXPECT_TRUE(RunUntil([&] { return run == kRounds; }));
  asker.join();
}

TEST_P(ReactorContractTest, TasksThatGoOnForEverKeepNobodyOut) {
  Sockets sockets;
  bool is_shown = false;
  bool is_late = false;
  const auto watch = WatchForReading(sockets.near, [&] { is_shown = true; });
  const auto timer = Timer([&] { is_late = true; });
  watch->Arm(absl::InfiniteFuture());
  timer->Arm(absl::Now() + absl::Milliseconds(5));
  sockets.SendFromFar();
  bool is_over = false;
  struct Again {
    ipc_channel::Reactor& reactor;
    const bool& is_over;
    void operator()() const {
      if (!is_over) reactor.Execute(*this);
    }
  };
  reactor().Execute(Again{reactor(), is_over});
  EXPECT_TRUE(RunUntil([&] { return is_shown && is_late; }));
  is_over = true;
  RunWhatThereIs();
}

TEST_P(ReactorContractTest, DestroysWhatItHasNotRun) {
  const auto held = std::make_shared<int>(7);
  reactor().Execute([held] { FAIL(); });
  DestroyLoop();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace ipc_channel_testing
