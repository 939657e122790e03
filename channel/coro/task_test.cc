#include "ipc_channel/channel/coro/task.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/coro/block_on.h"
#include "ipc_channel/channel/coro/task_group.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

// Waits until the test goes on with it.
class Gate {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  int await_resume() const { return value_; }

  bool is_waited_at() const { return static_cast<bool>(waiting_); }
  void Open(int value) {
    value_ = value;
    std::exchange(waiting_, {}).resume();
  }

 private:
  std::coroutine_handle<> waiting_;
  int value_ = 0;
};

// Counts the objects that live.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(Counted&& other) noexcept
      : alive_(std::exchange(other.alive_, nullptr)) {}
  ~Counted() {
    if (alive_ != nullptr) --*alive_;
  }

 private:
  int* alive_;
};

Task<int> Seven() { co_return 7; }

Task<int> Through(Gate& gate) { co_return co_await gate; }

// The least task that a stranger may have.
struct ForeignTask {
  struct promise_type {
    ForeignTask get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

TEST(TaskTest, BeginsWhenItIsAwaitedAndNotBefore) {
  bool has_begun = false;
  auto task = [](bool& begun) -> Task<> {
    begun = true;
    co_return;
  }(has_begun);
  EXPECT_FALSE(has_begun);
  TaskGroup group;
  group.Spawn(std::move(task));
  EXPECT_TRUE(has_begun);
  EXPECT_FALSE(task.valid());
}

TEST(TaskTest, GivesWhatCanOnlyBeMoved) {
  int got = 0;
  TaskGroup group;
  group.Spawn([](int& result) -> Task<> {
    auto make = []() -> Task<std::unique_ptr<int>> {
      co_return std::make_unique<int>(3);
    };
    const std::unique_ptr<int> made = co_await make();
    result = *made + co_await Seven();
  }(got));
  EXPECT_EQ(got, 10);
}

TEST(TaskTest, GoesOnWhereWhatItAwaitsResumesIt) {
  Gate gate;
  int got = 0;
  TaskGroup group;
  group.Spawn([](Gate& at, int& result) -> Task<> {
    result = co_await Through(at) + co_await Through(at);
  }(gate, got));
  ASSERT_TRUE(gate.is_waited_at());
  gate.Open(1);
  ASSERT_TRUE(gate.is_waited_at());
  EXPECT_EQ(got, 0);
  gate.Open(20);
  EXPECT_EQ(got, 21);
  EXPECT_EQ(group.size(), 0u);
}

TEST(TaskTest, AwaitingWhatDoesNotWaitTakesNoStack) {
  constexpr int kTimes = 1'000'000;
  int sum = 0;
  TaskGroup group;
  group.Spawn([](int& total) -> Task<> {
    for (int i = 0; i < kTimes; ++i) total += co_await Seven() - 6;
  }(sum));
  EXPECT_EQ(sum, kTimes);
}

TEST(TaskTest, DestroyingItDestroysWhatIsInItWhereverItStands) {
  const auto nested = [](Counted, Gate& gate, int& alive) -> Task<int> {
    const Counted local(alive);
    co_return co_await Through(gate);
  };
  int alive = 0;
  Gate gate;
  {
    const Task<int> not_begun = nested(Counted(alive), gate, alive);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  {
    TaskGroup group;
    group.Spawn([](auto make, Gate& at, int& count) -> Task<> {
      const Counted outer(count);
      static_cast<void>(co_await make(Counted(count), at, count));
    }(nested, gate, alive));
    ASSERT_TRUE(gate.is_waited_at());
    EXPECT_EQ(alive, 3);
  }
  EXPECT_EQ(alive, 0);
}

// Compilers have destroyed such things twice, or never; gcc 12 does so still
// with aggregates that are made by braces within the co_await.
TEST(TaskTest, TemporariesInAnAwaitAreDestroyedOnce) {
  struct Named {
    std::string name;
    std::shared_ptr<int> held;
  };
  const auto held = std::make_shared<int>(1);
  std::string got;
  Gate gate;
  TaskGroup group;
  group.Spawn([](Gate& at, std::shared_ptr<int> shared,
                 std::string& result) -> Task<> {
    const auto make = [](std::shared_ptr<int> pointer) {
      return Named{.name = std::string(100, 'm'), .held = std::move(pointer)};
    };
    const auto take = [](Named named, std::string text,
                         Gate& g) -> Task<std::string> {
      co_await g;
      co_return named.name + text;
    };
    const auto look = [](const Named& named, std::string&& text,
                         Gate& g) -> Task<std::string> {
      co_await g;
      co_return named.name + text;
    };
    result = co_await take(make(shared), std::string(100, 't'), at);
    result += co_await look(make(shared), std::string(100, 'u'), at);
    Named named{.name = "named", .held = shared};
    result += co_await take(std::move(named), "", at);
  }(gate, held, got));
  for (int i = 0; i < 3; ++i) gate.Open(0);
  EXPECT_EQ(got, std::string(100, 'm') + std::string(100, 't') +
                     std::string(100, 'm') + std::string(100, 'u') + "named");
  EXPECT_EQ(held.use_count(), 1);
}

TEST(TaskTest, CanBeAwaitedInTheTaskOfAStranger) {
  Gate gate;
  int got = 0;
  [](Gate& at, int& result) -> ForeignTask {
    result = co_await Through(at) + co_await Seven();
  }(gate, got);
  gate.Open(1);
  EXPECT_EQ(got, 8);
}

// The deepest frame is reached through others that wait for it.
TEST(TaskTest, AChainOfTasksEndsInOrder) {
  struct Deep {
    static Task<int> Down(int depth, Gate& gate) {
      if (depth == 0) co_return co_await gate;
      co_return 1 + co_await Down(depth - 1, gate);
    }
  };
  Gate gate;
  int got = 0;
  TaskGroup group;
  group.Spawn([](Gate& at, int& result) -> Task<> {
    result = co_await Deep::Down(500, at);
  }(gate, got));
  gate.Open(1);
  EXPECT_EQ(got, 501);
}

#ifdef ABSL_HAVE_EXCEPTIONS
Task<int> Throws() {
  throw std::runtime_error("of the body");
  co_return 0;
}

Task<int> HasNoMemory(Gate& gate) {
  co_await gate;
  throw std::bad_alloc();
}

TEST(TaskTest, AnExceptionIsThrownToWhoeverAwaits) {
  std::string got;
  TaskGroup group;
  group.Spawn([](std::string& what) -> Task<> {
    try {
      co_await Throws();
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
  }(got));
  EXPECT_EQ(got, "of the body");
  EXPECT_OK(BlockOn(*NewEventLoop().value(), [](TaskGroup& joined) -> Task<> {
    EXPECT_OK(co_await joined.Join());
  }(group)));
}

TEST(TaskTest, WantOfMemoryEndsOneTaskAndNoOther) {
  Gate gate;
  Gate other_gate;
  TaskGroup group;
  int got = 0;
  group.Spawn([](Gate& at) -> Task<> { co_await HasNoMemory(at); }(gate));
  group.Spawn([](Gate& at, int& result) -> Task<> { result = co_await at; }(
                                            other_gate, got));
  gate.Open(0);
  EXPECT_EQ(group.size(), 1u);
  other_gate.Open(3);
  EXPECT_EQ(got, 3);
  const auto loop = NewEventLoop().value();
  EXPECT_THAT(BlockOn(*loop,
                      [](TaskGroup& joined) -> Task<absl::Status> {
                        co_return co_await joined.Join();
                      }(group)),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(TaskDeathTest, AnyOtherExceptionThatNobodyCatchesEndsTheProgram) {
  EXPECT_DEATH(
      {
        TaskGroup group;
        group.Spawn([]() -> Task<> { co_await Throws(); }());
      },
      "");
}
#endif

TEST(TaskDeathTest, ATaskThatIsNoneCannotRun) {
  const auto loop = NewEventLoop().value();
  EXPECT_DEATH(BlockOn(*loop, Task<>()).IgnoreError(), "task .* is empty");
  EXPECT_DEATH(BlockOn(*loop,
                       []() -> Task<> {
                         Task<> none;
                         co_await std::move(none);
                       }())
                   .IgnoreError(),
               "task .* is empty");
}

TEST(BlockOnDeathTest, WhatALoopCallsCannotRunThatLoop) {
  const auto loop = NewEventLoop().value();
  loop->Execute([&loop] {
    BlockOn(*loop, []() -> Task<> { co_await std::suspend_always(); }())
        .IgnoreError();
  });
  EXPECT_DEATH(loop->RunOnce(), "run by what it calls");
}

TEST(BlockOnTest, GivesWhatTheTaskGave) {
  const auto loop = NewEventLoop().value();
  EXPECT_THAT(BlockOn(*loop, Seven()), IsOkAndHolds(7));
  EXPECT_OK(BlockOn(*loop, []() -> Task<> { co_return; }()));
  EXPECT_THAT(BlockOn(*loop,
                      []() -> Task<absl::Status> {
                        co_return absl::DataLossError("lost");
                      }()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(
      BlockOn(*loop, []() -> Task<absl::StatusOr<int>> { co_return 3; }()),
      IsOkAndHolds(3));
}

TEST(BlockOnTest, AStopDestroysTheTask) {
  const auto loop = NewEventLoop().value();
  int alive = 0;
  Gate never;
  loop->Execute([&] { loop->Stop(); });
  EXPECT_THAT(BlockOn(*loop,
                      [](Counted, Gate& gate) -> Task<int> {
                        co_return co_await gate;
                      }(Counted(alive), never)),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(alive, 0);
  EXPECT_THAT(BlockOn(*loop, Seven()), IsOkAndHolds(7));
}

}  // namespace
}  // namespace ipc_channel::coro
