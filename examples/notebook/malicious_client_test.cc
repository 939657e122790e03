// A daemon, clients that treat it badly in every way and are killed at any
// moment, and an honest client that gets its answers all the same.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/connect_duplex.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/notebook/attacks.h"
#include "ipc_channel/examples/notebook/connect.h"
#include "ipc_channel/examples/notebook/daemon.h"
#include "ipc_channel/examples/notebook/limits.h"
#include "ipc_channel/examples/notebook/protocol.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace notebook {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

// Few, so that every attack gets beyond them.
constexpr std::size_t kClients = 8;

// Of one client: five of the connection and one for each watch. Beside them
// there are those who have not opened, and those of a message at hand.
constexpr std::size_t kMostDescriptors = kClients * 10 + 64 + 64 + 200;

// What the limits allow is a fraction of it, what the attacks send a multiple.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

// Where an attacker writes a byte for each blow that it has struck.
constexpr int kBlows = 3;

IPC_CHANNEL_CHILD_MAIN(Serve) {
  auto daemon = Daemon::Create(args[0], {.clients = kClients});
  if (!daemon.ok()) return 1;
  return (*daemon)->Run().ok() ? 0 : 2;
}

IPC_CHANNEL_CHILD_MAIN(Attack) {
  for (const Attack& attack : Attacks()) {
    if (attack.name != args[1]) continue;
    while (true) {
      attack.run(args[0], [] {
        // The pipe is full at times: then enough blows have been counted.
        static_cast<void>(!::write(kBlows, "x", 1));
      });
    }
  }
  return 1;
}

// An attacker, which is killed at the end, and what it has done so far.
class Attacker {
 public:
  Attacker(const std::string& name, const Attack& attack, std::size_t enough)
      : enough_(enough) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    blows_ = ipc_channel::UniqueFd(ends[0]);
    const ipc_channel::UniqueFd write_end(ends[1]);
    auto child =
        ChildProcess::Exec("Attack", {name, std::string(attack.name)},
                           {.descriptors = {{kBlows, write_end.get()}}});
    EXPECT_THAT(child, IsOk());
    if (child.ok()) child_ = std::make_unique<ChildProcess>(*std::move(child));
  }

  // Counts no further than to what a pipe holds, between two calls.
  bool HasStruckEnough() {
    char bytes[4096];
    for (ssize_t size = 1; size > 0;) {
      size = ::read(blows_.get(), bytes, sizeof(bytes));
      if (size > 0) count_ += static_cast<std::size_t>(size);
    }
    return count_ >= enough_;
  }

 private:
  std::size_t enough_;
  ipc_channel::UniqueFd blows_;
  std::size_t count_ = 0;
  std::unique_ptr<ChildProcess> child_;
};

class MaliciousClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    name_ = absl::StrCat("unix-abstract:notebook-test-", ::getpid());
    // What AddressSanitizer keeps of freed memory is not the daemon's.
    const char* const options = std::getenv("ASAN_OPTIONS");
    auto daemon = ChildProcess::Exec(
        "Serve", {name_},
        {.environment = {
             {"ASAN_OPTIONS", absl::StrCat(options == nullptr ? "" : options,
                                           ":quarantine_size_mb=4")}}});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = std::make_unique<ChildProcess>(*std::move(daemon));
    while (!ConnectTo(name_, Soon()).ok()) absl::SleepFor(kPause);
    ASSERT_THAT(Ask(Put{"mine", "kept"}), IsOk());
    ASSERT_EQ(CountOthers(), 0u);
    descriptors_ = CountDescriptors();
    bytes_ = ResidentBytes();
  }

  void TearDown() override {
    if (daemon_ == nullptr) return;
    EXPECT_THAT(daemon_->Kill(SIGTERM), IsOk());
    EXPECT_THAT(daemon_->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }

  // What an honest client does: a connection, a request, the answer.
  template <class What>
  absl::StatusOr<Response> Ask(What what) const {
    const absl::Time deadline = Soon();
    auto client = ConnectTo(name_, deadline);
    if (!client.ok()) return client.status();
    return client->Call(Request{std::move(what)}, {.deadline = deadline});
  }

  // Everything of the honest client's goes on as if it were alone.
  void ExpectToBeServed() {
    const std::string text = absl::StrCat(++rounds_);
    ASSERT_THAT(Ask(Put{"round", text}), IsOk());
    for (const auto& [key, value] : std::map<std::string, std::string>{
             {"round", text}, {"mine", "kept"}}) {
      auto response = Ask(Get{.key = key});
      ASSERT_THAT(response, IsOk());
      const auto* const got = std::get_if<Value>(&response->what);
      ASSERT_NE(got, nullptr);
      EXPECT_EQ(got->value, value);
    }
  }

  void ExpectToBeBounded() {
    EXPECT_LE(CountDescriptors(), kMostDescriptors);
    EXPECT_LE(ResidentBytes(), bytes_ + kMostBytes);
  }

  // Until the attackers have struck and the honest client was served.
  void Endure(std::vector<Attacker>& attackers) {
    const auto has_struck = [](Attacker& attacker) {
      return attacker.HasStruckEnough();
    };
    int rounds = 0;
    bool have_struck = false;
    while (rounds < kRounds || !have_struck) {
      ASSERT_NO_FATAL_FAILURE(ExpectToBeServed());
      ExpectToBeBounded();
      have_struck = std::ranges::all_of(attackers, has_struck);
      ++rounds;
    }
  }

  // The daemon needs to have read what was sent before its clients are gone.
  void ExpectAllToBeAsBefore() {
    const absl::Time limit = Soon();
    while (CountOthers() > 0 || CountDescriptors() > descriptors_) {
      ASSERT_LT(absl::Now(), limit)
          << CountOthers() << " clients and "
          << CountDescriptors() - descriptors_ << " descriptors are left";
      absl::SleepFor(kPause);
    }
    ExpectToBeServed();
    EXPECT_LE(ResidentBytes(), bytes_ + kMostBytes);
  }

  // The connections of others than who asks.
  std::size_t CountOthers() const {
    const auto response = Ask(Who{});
    if (!response.ok()) return std::numeric_limits<std::size_t>::max();
    return std::get<Clients>(response->what).clients.size() - 1;
  }

  std::size_t CountDescriptors() const {
    const std::filesystem::directory_iterator all(
        absl::StrCat("/proc/", daemon_->pid(), "/fd"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  std::size_t ResidentBytes() const {
    std::ifstream file(absl::StrCat("/proc/", daemon_->pid(), "/statm"));
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }

  static constexpr absl::Duration kPause = absl::Milliseconds(10);
  static constexpr int kRounds = 10;

  std::string name_;
  std::unique_ptr<ChildProcess> daemon_;
  std::size_t descriptors_ = 0;  // before any attack
  std::size_t bytes_ = 0;
  int rounds_ = 0;
};

class OneAttackTest : public MaliciousClientTest,
                      public ::testing::WithParamInterface<Attack> {};

TEST_P(OneAttackTest, OthersAreServedAndNothingIsLeft) {
  for (int death = 0; death < 3; ++death) {
    std::vector<Attacker> attackers;
    attackers.emplace_back(name_, GetParam(), GetParam().enough);
    ASSERT_NO_FATAL_FAILURE(Endure(attackers));
  }
  ExpectAllToBeAsBefore();
}

INSTANTIATE_TEST_SUITE_P(
    All, OneAttackTest, ::testing::ValuesIn(Attacks().begin(), Attacks().end()),
    [](const auto& info) { return std::string(info.param.name); });

// All lies in the channel before the daemon looks, and nothing comes after it.
TEST_F(MaliciousClientTest, RequestBehindManyThatAreLateIsAnswered) {
  auto ends = ipc_channel::ConnectDuplex<ToServer, ToClient>(name_, Soon());
  ASSERT_THAT(ends, IsOk());
  constexpr std::uint64_t kLate = 150;
  ASSERT_THAT(daemon_->Kill(SIGSTOP), IsOk());
  for (std::uint64_t serial = 1; serial <= kLate + 1; ++serial) {
    const absl::Time deadline =
        serial <= kLate ? absl::InfinitePast() : absl::InfiniteFuture();
    ToServer message{.serial = serial,
                     .what = ipc_channel::rpc::Ask<Request>{
                         deadline, Request{Get{.key = "mine"}}}};
    ASSERT_THAT(ends->sender.TrySend(message), IsOk());
  }
  ASSERT_THAT(daemon_->Kill(SIGCONT), IsOk());
  absl::StatusOr<ToClient> answer;
  do {
    answer = ends->receiver.RecvUntil(Soon());
    ASSERT_THAT(answer, IsOk());
  } while (answer->id <= kLate);
  EXPECT_TRUE(std::holds_alternative<Response>(answer->answer));
}

// Nobody's request, and nobody's end, is the daemon's to wait for.
TEST_F(MaliciousClientTest, SilentWatcherIsDroppedAndOthersAreNot) {
  auto client = ConnectTo(name_, Soon());
  ASSERT_THAT(client, IsOk());
  auto silent = ipc_channel::Channel<Change>();
  auto other = ipc_channel::Channel<Change>();
  ASSERT_THAT(silent, IsOk());
  ASSERT_THAT(other, IsOk());
  for (auto* const sender : {&silent->sender, &other->sender}) {
    Request request{Watch{.prefix = "w", .changes = std::move(*sender)}};
    ASSERT_THAT(client->Call(std::move(request), {.deadline = Soon()}), IsOk());
  }
  constexpr std::uint64_t kChanges = 1000;  // more than a channel holds
  for (std::uint64_t i = 0; i < kChanges; ++i) {
    const Request request{Put{.key = "w", .value = std::string(i, 'w')}};
    ASSERT_THAT(client->Call(request, {.deadline = Soon()}), IsOk());
    auto change = other->receiver.RecvUntil(Soon());
    ASSERT_THAT(change, IsOk());
    EXPECT_EQ(change->value_bytes, i);
  }
  std::uint64_t received = 0;
  absl::StatusOr<Change> change;
  while ((change = silent->receiver.RecvUntil(Soon())).ok()) {
    EXPECT_EQ(change->value_bytes, received++);
  }
  EXPECT_THAT(change, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(received, kChanges);
}

TEST_F(MaliciousClientTest, EachLimitOfAClientIsSaid) {
  auto client = ConnectTo(name_, Soon());
  ASSERT_THAT(client, IsOk());
  const Limits limits;
  const auto ask = [&](Request request) {
    return client->Call(std::move(request), {.deadline = Soon()}).status();
  };
  auto ends = ipc_channel::Channel<Change>();
  ASSERT_THAT(ends, IsOk());
  for (std::size_t i = 0; i < limits.watches; ++i) {
    EXPECT_THAT(ask({Watch{.prefix = "", .changes = ends->sender}}), IsOk());
  }
  EXPECT_THAT(ask({Watch{.prefix = "", .changes = ends->sender}}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  for (std::size_t i = 0; i < limits.snapshots; ++i) {
    EXPECT_THAT(ask({Export{}}), IsOk());
  }
  EXPECT_THAT(ask({Export{}}), StatusIs(absl::StatusCode::kResourceExhausted));
  const Request get{Get{.key = "later", .waits = true}};
  std::vector<ipc_channel::rpc::PendingCall<Response>> waiting;
  for (std::size_t i = 0; i < limits.calls; ++i) {
    auto call = client->Start(get, {.deadline = Soon()});
    ASSERT_THAT(call, IsOk());
    waiting.push_back(*std::move(call));
  }
  EXPECT_THAT(ask(get), StatusIs(absl::StatusCode::kResourceExhausted));
  waiting.pop_back();  // cancels it, and so there is room
  auto call = client->Start(get, {.deadline = Soon()});
  ASSERT_THAT(call, IsOk());
  waiting.push_back(*std::move(call));
  EXPECT_THAT(ask({Put{"later", "now"}}), IsOk());
  for (auto& each : waiting) EXPECT_THAT(each.Get(), IsOk());
}

using AllAttacksTest = MaliciousClientTest;

TEST_F(AllAttacksTest, OthersAreServedAndNothingIsLeft) {
  {
    std::vector<Attacker> attackers;
    for (const Attack& attack : Attacks()) {
      attackers.emplace_back(name_, attack, attack.enough / 10);
    }
    ASSERT_NO_FATAL_FAILURE(Endure(attackers));
  }
  ExpectAllToBeAsBefore();
}

}  // namespace
}  // namespace notebook
