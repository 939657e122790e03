// Threads that call, cancel, stop and are late, before servers whose threads
// answer, fail, drop calls and are late themselves. Whatever happens, each call
// gets an answer that is its own, or a reason.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::rpc {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

struct Question {
  std::uint64_t number = 0;
  std::optional<Receiver<std::uint64_t>> proof;  // has the number in it
};
struct Answer {
  std::uint64_t number = 0;
  std::string padding;
  std::optional<Sender<std::uint64_t>> reply;
};

using StormClient = Client<Question, Answer>;
using StormServer = Server<Question, Answer>;
using StormCall = StormServer::Call;

constexpr int kCallers = 6;
constexpr int kRounds = 150;
constexpr int kWorkers = 3;
constexpr std::size_t kCallersOfOne = 3;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int Throw(int sides) {
    return std::uniform_int_distribution<int>(0, sides - 1)(random_);
  }

 private:
  std::mt19937 random_;
};

// Calls that wait for a worker.
class Desk {
 public:
  void Put(StormCall call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  // Of any age.
  std::optional<StormCall> Take(Dice& dice) {
    const std::lock_guard lock(mutex_);
    if (calls_.empty()) return std::nullopt;
    const auto at =
        calls_.begin() + dice.Throw(static_cast<int>(calls_.size()));
    StormCall call = std::move(*at);
    calls_.erase(at);
    return call;
  }

 private:
  std::mutex mutex_;
  std::vector<StormCall> calls_;
};

Answer MakeAnswer(std::uint64_t number, Dice& dice) {
  Answer answer = {.number = number};
  if (dice.Throw(10) == 0) answer.padding.assign(40'000, 'x');
  if (dice.Throw(4) == 0) {
    auto channel = Channel<std::uint64_t>();
    if (channel.ok()) answer.reply = std::move(channel->sender);
  }
  return answer;
}

void Handle(StormCall call, Dice& dice) {
  const std::uint64_t number = call.request().number;
  if (call.request().proof.has_value()) {
    EXPECT_THAT(call.request().proof->RecvUntil(Soon()), IsOkAndHolds(number));
  }
  switch (dice.Throw(8)) {
    case 0:
      return;  // dropped
    case 1:
      call.Fail(absl::NotFoundError(std::to_string(number))).IgnoreError();
      return;
    case 2:
      absl::SleepFor(absl::Microseconds(dice.Throw(2000)));
      break;
    default:
      break;
  }
  call.Respond(MakeAnswer(number, dice)).IgnoreError();
}

Question MakeQuestion(std::uint64_t number, Dice& dice) {
  Question question = {.number = number};
  if (dice.Throw(4) == 0) {
    auto proof = Channel<std::uint64_t>();
    if (!proof.ok()) return question;
    EXPECT_OK(proof->sender.Send(number));
    question.proof = std::move(proof->receiver);
  }
  return question;
}

void Check(const absl::StatusOr<Answer>& answer, std::uint64_t number) {
  if (answer.ok()) {
    EXPECT_EQ(answer->number, number);
    return;
  }
  switch (answer.status().code()) {
    case absl::StatusCode::kNotFound:
      EXPECT_EQ(answer.status().message(), std::to_string(number));
      return;
    case absl::StatusCode::kAborted:            // dropped
    case absl::StatusCode::kResourceExhausted:  // too many
      EXPECT_TRUE(ServerCode(answer.status()).has_value()) << answer.status();
      return;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return;
    default:
      ADD_FAILURE() << answer.status();
  }
}

void CallInOneWayOrAnother(const StormClient& client, std::uint64_t number,
                           Dice& dice) {
  CallOptions options = BySoon();
  std::stop_source source;
  if (dice.Throw(3) == 0) {
    options.deadline = absl::Now() + absl::Microseconds(dice.Throw(2000));
  }
  std::optional<std::jthread> stopper;
  if (dice.Throw(8) == 0) {
    options.stop = source.get_token();
    stopper.emplace([&source, delay = dice.Throw(1000)] {
      absl::SleepFor(absl::Microseconds(delay));
      source.request_stop();
    });
  }
  absl::StatusOr<PendingCall<Answer>> call =
      client.Start(MakeQuestion(number, dice), options);
  if (!call.ok()) return Check(call.status(), number);
  switch (dice.Throw(4)) {
    case 0:
      return;  // cancelled
    case 1: {
      absl::StatusOr<std::optional<Answer>> looked = call->TryGet();
      if (looked.ok() && looked->has_value()) {
        return Check(**std::move(looked), number);
      }
      if (!looked.ok()) return Check(looked.status(), number);
      return Check(call->Get(), number);
    }
    default:
      return Check(call->Get(), number);
  }
}

TEST(StressTest, EachCallGetsItsOwnAnswerOrAReason) {
  const ExpectNoFdLeak no_leak;
  auto pair = MakePair<Question, Answer>({.max_calls = 4}, {.max_calls = 8});
  std::optional<StormClient> client = std::move(pair.client);
  Desk desk;
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&desk, i](std::stop_token stop) {
      Dice dice(1000 + i);
      while (!stop.stop_requested()) {
        std::optional<StormCall> call = desk.Take(dice);
        if (call.has_value()) {
          Handle(*std::move(call), dice);
        } else {
          absl::SleepFor(absl::Microseconds(100));
        }
      }
    });
  }
  std::jthread serving([&desk, server = std::move(pair.server)]() mutable {
    while (true) {
      absl::StatusOr<StormCall> call = server.NextUntil(Soon());
      if (!call.ok()) {
        EXPECT_TRUE(IsDisconnected(call.status())) << call.status();
        return;
      }
      desk.Put(*std::move(call));
    }
  });
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&client, i] {
        Dice dice(i);
        for (int k = 0; k < kRounds; ++k) {
          CallInOneWayOrAnother(*client, i * kRounds + k, dice);
        }
      });
    }
  }
  client.reset();
  serving.join();
  workers.clear();
}

// Servers end in the middle, again and again.
TEST(StressTest, AServerThatEndsAtAnyMomentCostsAStatus) {
  const ExpectNoFdLeak no_leak;
  Dice dice(77);
  for (int round = 0; round < 40; ++round) {
    auto pair = MakePair<int, int>();
    std::optional<Server<int, int>> server = std::move(pair.server);
    const Client<int, int> client = std::move(pair.client);
    const int served = dice.Throw(30);
    std::jthread serving([&server, served] {
      std::vector<IncomingCall<int, int>> kept;
      for (int i = 0; i < served; ++i) {
        auto call = server->NextUntil(Soon());
        if (!call.ok()) break;
        // Never those of all callers: somebody has to go on asking.
        if (i % 5 == 4 && kept.size() < kCallersOfOne - 1) {
          kept.push_back(*std::move(call));
        } else {
          call->Respond(call->request() + 1).IgnoreError();
        }
      }
      server.reset();
    });
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < kCallersOfOne; ++i) {
      callers.emplace_back([&client] {
        for (int k = 0; k < 50; ++k) {
          const absl::StatusOr<int> answer = client.Call(k, BySoon());
          if (answer.ok()) {
            EXPECT_EQ(*answer, k + 1);
            continue;
          }
          EXPECT_TRUE(IsDisconnected(answer.status()) ||
                      absl::IsAborted(answer.status()))
              << answer.status();
          if (IsDisconnected(answer.status())) return;
        }
      });
    }
  }
}

}  // namespace
}  // namespace ipc_channel::rpc
