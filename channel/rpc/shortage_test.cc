// Clients and servers whose process has no memory, or no descriptors, for a
// while. Nobody waits in vain for that, and what comes later is as ever.

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::rpc {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::Each;
using transport::IsDisconnected;
using transport::ScopedDescriptorLimit;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

UniqueFd NewFd() { return UniqueFd(::dup(STDERR_FILENO)); }

TEST(DescriptorShortageTest, CostsARequestAndNoneOfThoseAfterIt) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<UniqueFd, int>();
  ASSERT_OK_AND_ASSIGN(auto lost, client.Start(NewFd(), BySoon()));
  ASSERT_OK_AND_ASSIGN(auto queued, client.Start(NewFd(), BySoon()));
  std::vector<absl::StatusCode> codes;
  {
    const ScopedDescriptorLimit none(0);
    for (int i = 0; i < 5; ++i) {
      codes.push_back(server.NextUntil(Soon()).status().code());
    }
  }
  EXPECT_THAT(codes, Each(kExhausted));
  const absl::Status told = lost.Get().status();
  EXPECT_EQ(ServerCode(told), kExhausted) << told;
  for (int i = 0; i < 10; ++i) {
    ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
    EXPECT_TRUE(call.request().valid());
    ASSERT_OK(call.Respond(i));
    EXPECT_THAT(queued.Get(), IsOkAndHolds(i));
    ASSERT_OK_AND_ASSIGN(queued, client.Start(NewFd(), BySoon()));
  }
}

// Each is lost, as it can never be received; each is answered in the end.
TEST(DescriptorShortageTest, AnswersEachRequestThatIsLost) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<std::vector<UniqueFd>, int>();
  std::vector<PendingCall<int>> lost;
  for (int i = 0; i < 3; ++i) {
    std::vector<UniqueFd> many(200);
    for (UniqueFd& fd : many) fd = NewFd();
    ASSERT_OK_AND_ASSIGN(auto call, client.Start(std::move(many), BySoon()));
    lost.push_back(std::move(call));
  }
  std::vector<absl::StatusCode> codes;
  {
    const transport::ScopedLimit few(RLIMIT_NOFILE, 100);
    for (std::size_t i = 0; i < lost.size(); ++i) {
      codes.push_back(server.NextUntil(Soon()).status().code());
    }
  }
  EXPECT_THAT(codes, Each(kExhausted));
  ASSERT_OK_AND_ASSIGN(auto good, client.Start({}, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond(7));
  EXPECT_THAT(good.Get(), IsOkAndHolds(7));
  for (PendingCall<int>& each : lost) {
    EXPECT_THAT(each.Get(), StatusIs(kExhausted));
  }
}

using Word = std::string;
using How = ScopedAllocationFailure::How;

class MemoryShortageTest : public ::testing::TestWithParam<How> {
 protected:
  using WordPair = Pair<Word, Word>;
  struct State {
    WordPair pair = MakePair<Word, Word>();
    PendingCall<Word> pending;
    std::optional<IncomingCall<Word, Word>> call;
  };

  // Calls `prepare`, and `operation` with an allocation that fails after 0, 1,
  // 2... others, until it needs no more; and then `check`.
  void AtEveryAllocation(const std::function<void(State&)>& prepare,
                         const std::function<void(State&)>& operation,
                         const std::function<void(State&)>& check) {
    bool failed = true;
    for (std::uint64_t successes = 0; failed; ++successes) {
      SCOPED_TRACE(successes);
      ASSERT_LT(successes, 1000u);
      State state;
      prepare(state);
      {
        const ScopedAllocationFailure failure(successes, GetParam());
        operation(state);
        failed = failure.happened();
      }
      check(state);
      if (HasFatalFailure()) return;
      ExpectServes(state);
    }
  }

  static void Start(State& state) {
    ASSERT_OK_AND_ASSIGN(state.pending,
                         state.pair.client.Start(kRequest, BySoon()));
  }
  static void Take(State& state) {
    ASSERT_OK_AND_ASSIGN(state.call, state.pair.server.NextUntil(Soon()));
  }

  // The call has ended, by an answer or a reason that is not the deadline.
  static void ExpectOver(State& state) {
    const absl::Status status = state.pending.Get().status();
    EXPECT_NE(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
    EXPECT_TRUE(state.pending.is_over());
  }

  // What is the library's last word may be to hang up, but not silence.
  static void ExpectServes(State& state) {
    absl::StatusOr<PendingCall<Word>> next =
        state.pair.client.Start("next", BySoon());
    if (!next.ok()) {
      EXPECT_TRUE(IsDisconnected(next.status())) << next.status();
      return;
    }
    auto call = state.pair.server.NextUntil(Soon());
    if (call.ok() && call->request() != "next") {
      call = state.pair.server.NextUntil(Soon());
    }
    if (call.ok()) {
      EXPECT_OK(call->Respond("served"));
      EXPECT_THAT(next->Get(), IsOkAndHolds("served"));
    } else {
      EXPECT_TRUE(IsDisconnected(call.status())) << call.status();
      EXPECT_TRUE(IsDisconnected(next->Get().status()));
    }
  }

  static inline const Word kRequest = Word(1000, 'q');
  ExpectNoFdLeak no_leak_;
};

TEST_P(MemoryShortageTest, AtAStartIsAStatus) {
  absl::Status status;
  AtEveryAllocation([](State&) {},
                    [&](State& state) {
                      absl::StatusOr<PendingCall<Word>> call =
                          state.pair.client.Start(kRequest, BySoon());
                      status = call.status();
                      if (call.ok()) state.pending = *std::move(call);
                    },
                    [&](State& state) {
                      if (!status.ok()) {
                        EXPECT_THAT(status, StatusIs(kExhausted));
                        return;
                      }
                      ASSERT_NO_FATAL_FAILURE(Take(state));
                      ASSERT_OK(state.call->Respond("yes"));
                      EXPECT_THAT(state.pending.Get(), IsOkAndHolds("yes"));
                    });
}

TEST_P(MemoryShortageTest, WhereOneReceivesForAllEndsNoOther) {
  PendingCall<Word> other;
  AtEveryAllocation(
      [&](State& state) {
        Start(state);
        Take(state);
        ASSERT_OK_AND_ASSIGN(other,
                             state.pair.client.Start(kRequest, BySoon()));
        ASSERT_OK(state.call->Respond(kRequest));
      },
      [&](State& /*state*/) { other.TryGet().status().IgnoreError(); },
      [&](State& state) {
        ExpectOver(state);
        ASSERT_NO_FATAL_FAILURE(Take(state));
        state.call->Respond("yes").IgnoreError();
        if (!other.is_over()) EXPECT_THAT(other.Get(), IsOkAndHolds("yes"));
      });
}

TEST_P(MemoryShortageTest, OfTheServerIsAnAnswer) {
  AtEveryAllocation(
      Start,
      [](State& state) {
        absl::StatusOr<std::optional<IncomingCall<Word, Word>>> call =
            state.pair.server.TryNext();
        if (call.ok()) state.call = *std::move(call);
      },
      [](State& state) {
        if (state.call.has_value()) EXPECT_OK(state.call->Respond("yes"));
        // It may be queued yet.
        absl::Status status;
        while (!state.pending.is_over()) {
          auto call = state.pair.server.NextFor(absl::Milliseconds(5));
          if (call.ok()) {
            EXPECT_OK(call->Respond("yes"));
          }
          status = state.pending.TryGet().status();
        }
        EXPECT_NE(status.code(), absl::StatusCode::kDeadlineExceeded);
      });
}

TEST_P(MemoryShortageTest, LeavesACallToBeAnsweredAgain) {
  absl::Status status;
  AtEveryAllocation(
      [](State& state) {
        Start(state);
        Take(state);
      },
      [&](State& state) { status = state.call->Respond("yes"); },
      [&](State& state) {
        if (!status.ok()) {
          EXPECT_THAT(status, StatusIs(kExhausted));
          EXPECT_OK(state.call->Respond("yes"));
        }
        EXPECT_THAT(state.pending.Get(), IsOkAndHolds("yes"));
      });
}

TEST_P(MemoryShortageTest, ACallThatIsDroppedThenKeepsNobodyWaiting) {
  AtEveryAllocation(
      [](State& state) {
        Start(state);
        Take(state);
      },
      [](State& state) { state.call.reset(); },
      [](State& state) { ExpectOver(state); });
}

TEST_P(MemoryShortageTest, APendingCallIsCancelledOrAnsweredToNobody) {
  AtEveryAllocation(
      [](State& state) {
        Start(state);
        Take(state);
      },
      [](State& state) { state.pending = PendingCall<Word>(); },
      [](State& state) { state.call->Respond("yes").IgnoreError(); });
}

INSTANTIATE_TEST_SUITE_P(OfAllKinds, MemoryShortageTest,
                         ::testing::Values(How::kOnce, How::kFromThenOn));

}  // namespace
}  // namespace ipc_channel::rpc
