// First contact in a process that runs out of memory.

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;

using How = ScopedAllocationFailure::How;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

class AllocationFailureTest : public ::testing::TestWithParam<How> {
  ExpectNoFdLeak no_leak_;

 protected:
  // Calls `prepare`, and what that gives with an allocation that fails after 0,
  // 1, 2... others, until it needs no more: the status is `otherwise` if none
  // has failed, and that or RESOURCE_EXHAUSTED if one has.
  template <class Prepare>
  void AtEveryAllocation(absl::StatusCode otherwise, Prepare prepare) {
    bool failed = true;
    for (std::uint64_t successes = 0; failed; ++successes) {
      SCOPED_TRACE(successes);
      ASSERT_LT(successes, 1000u);
      auto operation = prepare();
      absl::StatusCode code;
      {
        const ScopedAllocationFailure failure(successes, GetParam());
        code = operation();
        failed = failure.happened();
      }
      if (code != otherwise) {
        EXPECT_TRUE(failed);
        EXPECT_EQ(code, kExhausted);
      }
    }
  }
};

TEST_P(AllocationFailureTest, NoListenerIsAStatus) {
  for (const std::string_view name : {kNewAbstractName, kNewPathName}) {
    const ListenerOptions options = {.name = std::string(name)};
    AtEveryAllocation(absl::StatusCode::kOk, [&] {
      return [&] { return Listener<int>::Create(options).status().code(); };
    });
  }
}

TEST_P(AllocationFailureTest, NoOneShotServerIsAStatus) {
  AtEveryAllocation(absl::StatusCode::kOk, [] {
    return [] { return OneShotServer<int>::Create().status().code(); };
  });
}

TEST_P(AllocationFailureTest, NoConnectionIsAStatus) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  AtEveryAllocation(absl::StatusCode::kOk, [&] {
    return [&] { return Connect<int>(listener.name()).status().code(); };
  });
}

TEST_P(AllocationFailureTest, WhyThereIsNoConnectionMayBeUntold) {
  for (const char* name : {"nonsense", "unix-path:/nobody/is/here"}) {
    const absl::StatusCode otherwise = Connect<int>(name).status().code();
    AtEveryAllocation(otherwise, [&] {
      return [&] { return Connect<int>(name).status().code(); };
    });
  }
}

TEST_P(AllocationFailureTest, AListenerServesOnceThereIsMemory) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  AtEveryAllocation(absl::StatusCode::kOk, [&] {
    EXPECT_THAT(Connect<int>(listener.name()), IsOk());
    return [&] { return listener.TryAccept().status().code(); };
  });
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto left, listener.TryAccept());
    if (!left.has_value()) break;
  }
  EXPECT_THAT(Connect<int>(listener.name()), IsOk());
  EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
}

// A client that comes when there is no memory may be dropped, and that alone.
TEST_P(AllocationFailureTest, AOneShotServerServesOnceThereIsMemory) {
  bool failed = true;
  for (std::uint64_t successes = 0; failed; ++successes) {
    SCOPED_TRACE(successes);
    ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<std::string>::Create());
    const std::string text(1000, 'x');
    ASSERT_OK_AND_ASSIGN(auto early, Connect<std::string>(server.name()));
    ASSERT_OK(early.Send(text));
    absl::StatusCode code;
    {
      const ScopedAllocationFailure failure(successes, GetParam());
      code = server.Accept(absl::Now()).status().code();
      failed = failure.happened();
    }
    if (code == absl::StatusCode::kOk) continue;
    EXPECT_TRUE(failed);
    EXPECT_TRUE(code == kExhausted ||
                code == absl::StatusCode::kDeadlineExceeded)
        << code;
    ASSERT_OK_AND_ASSIGN(auto late, Connect<std::string>(server.name()));
    ASSERT_OK(late.Send(text));
    ASSERT_OK_AND_ASSIGN(auto accepted, server.Accept(Soon()));
    EXPECT_EQ(accepted.first, text);
  }
}

TEST_P(AllocationFailureTest, AOneShotServerThatServesNobodySaysSo) {
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  AtEveryAllocation(absl::StatusCode::kDeadlineExceeded, [&] {
    return [&] { return server.Accept(absl::Now()).status().code(); };
  });
  std::stop_source stop;
  stop.request_stop();
  AtEveryAllocation(absl::StatusCode::kCancelled, [&] {
    return
        [&] { return server.Accept(Soon(), stop.get_token()).status().code(); };
  });
  const OneShotServer<int> moved_to = std::move(server);
  AtEveryAllocation(absl::StatusCode::kFailedPrecondition, [&] {
    return [&] { return server.Accept(Soon()).status().code(); };
  });
}

TEST_P(AllocationFailureTest, NoChildIsAStatus) {
  AtEveryAllocation(absl::StatusCode::kOk, [] {
    EXPECT_TRUE(HasNoChild());
    return [command = Command{.program = "/bin/true"}]() mutable {
      return Spawn<int, int>(std::move(command)).status().code();
    };
  });
  AtEveryAllocation(absl::StatusCode::kInvalidArgument, [] {
    EXPECT_TRUE(HasNoChild());
    return [command = Command{.program = "/no/such/program"}]() mutable {
      return Spawn<int, int>(std::move(command)).status().code();
    };
  });
  EXPECT_TRUE(HasNoChild());
}

TEST_P(AllocationFailureTest, AChildIsWaitedForAndSignalled) {
  ASSERT_OK_AND_ASSIGN(auto spawned,
                       (Spawn<int, int>({.program = "/bin/sleep",
                                         .arguments = {"1000000000"}})));
  Child& child = spawned.child;
  AtEveryAllocation(absl::StatusCode::kDeadlineExceeded, [&] {
    return [&] { return child.WaitUntil(absl::Now()).status().code(); };
  });
  AtEveryAllocation(absl::StatusCode::kInvalidArgument,
                    [&] { return [&] { return child.Kill(-1).code(); }; });
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Killed(SIGKILL)));
  AtEveryAllocation(absl::StatusCode::kFailedPrecondition,
                    [&] { return [&] { return child.Kill(SIGTERM).code(); }; });
  const Child moved_to = std::move(child);
  AtEveryAllocation(absl::StatusCode::kFailedPrecondition, [&] {
    return [&] { return child.TryWait().status().code(); };
  });
  AtEveryAllocation(absl::StatusCode::kFailedPrecondition, [&] {
    return [&] { return child.waitable().status().code(); };
  });
}

TEST_P(AllocationFailureTest, AChildThatSomebodyElseReapedIsDestroyed) {
  AtEveryAllocation(absl::StatusCode::kOk, [] {
    auto spawned = Spawn<int, int>({.program = "/bin/true"});
    EXPECT_THAT(spawned, IsOk());
    EXPECT_EQ(::waitpid(static_cast<pid_t>(spawned->child.pid()), nullptr, 0),
              spawned->child.pid());
    return [child = std::move(spawned->child)]() mutable {
      child = Child();
      return absl::StatusCode::kOk;
    };
  });
}

INSTANTIATE_TEST_SUITE_P(, AllocationFailureTest,
                         ::testing::Values(How::kOnce, How::kFromThenOn),
                         [](const auto& info) {
                           return info.param == How::kOnce ? "Once"
                                                           : "FromThenOn";
                         });

}  // namespace
}  // namespace ipc_channel
