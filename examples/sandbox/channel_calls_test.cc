// What docs/sandboxing.md says that a sandboxed process needs is true: with
// the system calls of a row everything in it works, without any one of them it
// does not, and the page lists the same ones.

#include "ipc_channel/examples/sandbox/channel_calls.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <functional>
#include <iterator>
#include <ostream>
#include <set>
#include <span>
#include <sstream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/sandbox/sanitizer_calls.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace sandbox {
namespace {

namespace ipc = ipc_channel;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

// Calls it between what may be done before the filter and what the row is
// about.
using Enter = std::function<void()>;

constexpr absl::Duration kMoment = absl::Milliseconds(2);

bool UsesValues(const Enter& enter) {
  auto numbers = *ipc::Channel<int>();
  auto texts = *ipc::Channel<std::string>();
  auto files = *ipc::Channel<ipc::UniqueFd>();
  ipc::UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  enter();
  return numbers.sender.Send(1).ok() && numbers.receiver.Recv().ok() &&
         absl::IsDeadlineExceeded(numbers.receiver.RecvFor(kMoment).status()) &&
         texts.sender.Send(std::string(60'000, 'x')).ok() &&
         texts.receiver.Recv().ok() &&
         files.sender.Send(std::move(file)).ok() && files.receiver.Recv().ok();
}

bool WaitsForRoom(const Enter& enter) {
  auto numbers = *ipc::Channel<int>();
  while (numbers.sender.TrySend(1).ok()) {
  }
  enter();
  return absl::IsDeadlineExceeded(numbers.sender.SendFor(2, kMoment));
}

struct Ends {
  ipc::Sender<int> sender;
  ipc::Receiver<int> receiver;
};

bool UsesEnds(const Enter& enter) {
  auto ends = *ipc::Channel<Ends>();
  auto numbers = *ipc::Channel<int>();
  enter();
  if (!ends.sender
           .Send(Ends{std::move(numbers.sender), std::move(numbers.receiver)})
           .ok()) {
    return false;
  }
  auto received = ends.receiver.Recv();
  return received.ok() && received->sender.Send(1).ok() &&
         received->receiver.Recv().ok();
}

using Memories = std::vector<ipc::SharedMemory>;

absl::StatusOr<ipc::SharedMemory> SomeMemory() {
  constexpr std::array<std::byte, 100'000> kZeros = {};
  return ipc::SharedMemory::CopyOf(kZeros);
}

bool ReceivesMemory(const Enter& enter) {
  auto memories = *ipc::Channel<Memories>();
  auto texts = *ipc::Channel<std::string>();
  if (!memories.sender.Send({*SomeMemory()}).ok() ||
      !texts.sender.Send(std::string(100'000, 'x')).ok()) {
    return false;
  }
  enter();
  const auto received = memories.receiver.Recv();
  return received.ok() && received->front().size() == 100'000 &&
         texts.receiver.Recv().ok();
}

bool MakesMemory(const Enter& enter) {
  auto memories = *ipc::Channel<Memories>();
  auto texts = *ipc::Channel<std::string>();
  enter();
  auto copied = SomeMemory();
  auto filled = ipc::SharedMemory::Create(
      1 << 20, [](std::span<std::byte> bytes) { bytes[7] = std::byte{7}; });
  return copied.ok() && filled.ok() &&
         memories.sender.Send({*copied, *filled}).ok() &&
         texts.sender.Send(std::string(100'000, 'x')).ok();
}

bool MakesMemoryWithoutObjects(const Enter& enter) {
  auto memories = *ipc::Channel<Memories>();
  auto texts = *ipc::Channel<std::string>();
  enter();
  auto copied = SomeMemory();
  return copied.ok() && memories.sender.Send({*copied}).ok() &&
         memories.receiver.Recv().ok() &&
         texts.sender.Send(std::string(100'000, 'x')).ok() &&
         texts.receiver.Recv().ok();
}

bool UsesManyHandles(const Enter& enter) {
  auto files = *ipc::Channel<std::vector<ipc::UniqueFd>>();
  std::vector<ipc::UniqueFd> many(300);
  for (ipc::UniqueFd& file : many) {
    file = ipc::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  enter();
  return files.sender.Send(std::move(many)).ok() && files.receiver.Recv().ok();
}

bool MakesChannels(const Enter& enter) {
  enter();
  auto numbers = ipc::Channel<int>();
  return numbers.ok() && numbers->sender.Send(1).ok() &&
         numbers->receiver.Recv().ok();
}

bool WaitsForSets(const Enter& enter) {
  auto numbers = *ipc::Channel<int>();
  enter();
  ipc::ReceiverSet set;
  auto id = set.Add(std::move(numbers.receiver));
  return id.ok() && numbers.sender.Send(1).ok() && set.Select().ok() &&
         !set.SelectFor(kMoment).ok() && set.Remove(*id).ok();
}

bool IsStopped(const Enter& enter) {
  auto numbers = *ipc::Channel<int>();
  std::stop_source source;
  enter();
  const bool timed_out = absl::IsDeadlineExceeded(
      numbers.receiver.RecvFor(kMoment, source.get_token()).status());
  source.request_stop();
  return timed_out &&
         absl::IsCancelled(numbers.receiver.Recv(source.get_token()).status());
}

bool Routes(const Enter& enter) {
  auto numbers = *ipc::Channel<int>();
  auto answers = *ipc::Channel<int>();
  enter();
  auto router = ipc::Router::Create();
  if (!router.ok()) return false;
  auto route = (*router)->AddRoute(
      std::move(numbers.receiver), [&answers](absl::StatusOr<int> number) {
        if (number.ok()) answers.sender.Send(*number).IgnoreError();
      });
  const bool answered =
      route.ok() && numbers.sender.Send(1).ok() && answers.receiver.Recv().ok();
  (*router)->Shutdown();
  return answered;
}

struct Row {
  const char* title;  // in the page
  std::vector<AllowedCall> calls;
  std::vector<AllowedCall> also;  // what the row is added to, if not in it
  bool (*use)(const Enter& enter);
  // Needed or not, as another thread is quick or slow.
  std::set<std::string> at_times = {};
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.title;
}

std::vector<AllowedCall> Listed(Calls calls) {
  return {calls.begin(), calls.end()};
}

std::vector<Row> Rows() {
  const auto values = Listed(kValueCalls);
  return {
      {"values and descriptors", values, {}, UsesValues},
      {"a send that waits for room", Listed(kWaitingSendCalls), values,
       WaitsForRoom},
      {"senders and receivers", Listed(kEndCalls), values, UsesEnds},
      {"receiving memory", Listed(kReceivedMemoryCalls), values,
       ReceivesMemory},
      {"making memory", Listed(kMadeMemoryCalls), values, MakesMemory},
      {"the same without memory objects", Listed(kCarrierCalls), values,
       MakesMemoryWithoutObjects},
      {"more than 252 handles", Listed(kManyHandlesCalls), values,
       UsesManyHandles},
      {"making channels", Listed(kMadeChannelCalls), values, MakesChannels},
      {"sets of receivers", Listed(kReceiverSetCalls), values, WaitsForSets},
      {"stop tokens", Listed(kStopTokenCalls), values, IsStopped, {"write"}},
      {"a router", Listed(kRouterCalls), values, Routes, {"read"}},
  };
}

using Names = std::set<std::string>;

Names NamesOf(const std::vector<AllowedCall>& calls) {
  Names names;
  for (const AllowedCall& call : calls) names.insert(call.name);
  return names;
}

// Uses what the row is about in a process that may make its calls, and those of
// a program, but those without.
absl::StatusOr<ExitResult> RunRow(const Row& row, const Names& without) {
  auto child = ChildProcess::Fork([&] {
    const bool used = row.use([&] {
      std::vector<AllowedCall> calls =
          Together({ProgramCalls(), row.also, row.calls, SanitizerCalls()});
      std::erase_if(calls, [&](const AllowedCall& call) {
        return without.contains(call.name);
      });
      if (!AllowOnly(calls, Forbidden::kKills).ok()) ::_exit(2);
    });
    return used ? 0 : 1;
  });
  if (!child.ok()) return child.status();
  return child->Wait(Soon());
}

// Those of which the C library or the kernel choose one.
const Names kAlternatives[] = {
    {"newfstatat", "fstat"}, {"epoll_wait", "epoll_pwait"}, {"poll", "ppoll"}};

Names WithAlternatives(const std::string& name) {
  for (const Names& names : kAlternatives) {
    if (names.contains(name)) return names;
  }
  return {name};
}

// A call can be spared by chance: what is late already is not waited for.
bool IsNeeded(const std::string& name, const Row& row) {
  constexpr int kAttempts = 30;
  for (int i = 0; i < kAttempts; ++i) {
    const auto result = RunRow(row, WithAlternatives(name));
    if (result.ok() && *result == ExitResult::Killed(SIGSYS)) return true;
  }
  return false;
}

class ChannelCallsTest : public ::testing::TestWithParam<Row> {};

INSTANTIATE_TEST_SUITE_P(Rows, ChannelCallsTest, ::testing::ValuesIn(Rows()));

TEST_P(ChannelCallsTest, AreEnough) {
  EXPECT_THAT(RunRow(GetParam(), {}), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_P(ChannelCallsTest, AreAllNeeded) {
  const Names others =
      NamesOf(Together({ProgramCalls(), GetParam().also, SanitizerCalls()}));
  for (const std::string& name : NamesOf(GetParam().calls)) {
    // Only what the row itself needs can be told from what others do.
    if (others.contains(name) || GetParam().at_times.contains(name)) continue;
    EXPECT_TRUE(IsNeeded(name, GetParam())) << name;
  }
}

// The words in backquotes of the row with this title.
Names NamesInPage(const std::string& title) {
  std::ifstream page("docs/sandboxing.md");
  const std::string start = "| " + title + " | ";
  std::string line;
  while (std::getline(page, line)) {
    if (!line.starts_with(start)) continue;
    Names names;
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, '`');) {
      if (std::getline(parts, part, '`')) names.insert(part);
    }
    return names;
  }
  return {};
}

TEST_P(ChannelCallsTest, AreThoseOfThePage) {
  EXPECT_EQ(NamesInPage(GetParam().title), NamesOf(GetParam().calls));
}

TEST(ProgramCallsTest, AreThoseOfThePage) {
  EXPECT_EQ(NamesInPage("the program itself"), NamesOf(ProgramCalls()));
}

}  // namespace
}  // namespace sandbox
