#include "ipc_channel/bench/peers/peer_works.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/interruption.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/process_pair.h"
#include "ipc_channel/bench/rounds.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::TestWithParam;
using ::testing::Values;

// When it fails: before there are ends, or then the far one; or never.
constexpr char kConnect[] = "Connect";
constexpr char kWarmUp[] = "WarmUp";
constexpr char kRun[] = "Run";
constexpr char kEnd[] = "End";
constexpr char kNever[] = "Never";
// Does not fail, but hangs.
constexpr char kHang[] = "Hang";

// Each end only ever meets itself: enough for round trips.
class FailingLink : public Link {
 public:
  FailingLink(End end, std::string when) : end_(end), when_(std::move(when)) {}
  ~FailingLink() override { FailIf(when_ == kEnd); }

  std::span<std::byte> Prepare(std::size_t) override { return message_; }
  void Send() override {}
  std::span<const std::byte> Receive() override {
    const bool is_warm_up = ++received_ <= WarmUpOf({}).count;
    FailIf(when_ == kWarmUp || (when_ == kRun && !is_warm_up));
    if (when_ == kHang && !is_warm_up) ::pause();
    return message_;
  }
  void Acknowledge() override {}
  void AwaitAcknowledged() override {}

 private:
  void FailIf(bool is_time) const {
    if (is_time && end_ == End::kFar) Stop("the far end fails");
  }

  const End end_;
  const std::string when_;
  std::array<std::byte, 8> message_ = {};
  int received_ = 0;
};

bool WriteFile(const std::string& path) {
  std::ofstream file(path);
  file << "left";
  file.close();
  return !file.fail();
}

// Leaves what a peer may leave, and tells of that by a file named `evidence`.
class FailingConnection : public Connection {
 public:
  FailingConnection(Meeting meeting, std::string when, std::string evidence)
      : meeting_(std::move(meeting)),
        when_(std::move(when)),
        evidence_(std::move(evidence)) {}

  static absl::StatusOr<std::unique_ptr<Connection>> New(Meeting meeting,
                                                         std::string when,
                                                         std::string evidence) {
    auto connection = std::make_unique<FailingConnection>(
        std::move(meeting), std::move(when), std::move(evidence));
    if (connection->when_ == kConnect) {
      connection->LeaveFiles();
      return absl::UnavailableError("there is no connection");
    }
    return connection;
  }

  std::unique_ptr<Link> Open(End end,
                             ipc_channel::transport::BorrowedFd) override {
    if (end == End::kFar) LeaveFiles();
    return std::make_unique<FailingLink>(end, when_);
  }

 private:
  void LeaveFiles() const {
    if (!WriteFile(absl::StrCat(meeting_.folder, "/left")) ||
        !WriteFile(absl::StrCat("/dev/shm/", meeting_.name, "left")) ||
        !WriteFile(evidence_)) {
      Stop("no file can be written");
    }
  }

  const Meeting meeting_;
  const std::string when_;
  const std::string evidence_;
};

Peer FailingPeer(std::string name, std::string when, std::string evidence) {
  return {.name = std::move(name),
          .connect = [when, evidence](const Meeting& meeting) {
            return FailingConnection::New(meeting, when, evidence);
          }};
}

int RunPeers(std::span<const Peer> peers, std::string csv) {
  AddPeerWorks(peers);
  std::string name = "benchmark";
  std::string rounds = "--rounds=1";
  std::string time = "--benchmark_min_time=0.001";
  std::string filter = "--benchmark_filter=RoundTrip/.*/8/";
  std::array<char*, 6> arguments = {name.data(),   rounds.data(), time.data(),
                                    filter.data(), csv.data(),    nullptr};
  const int result = RunAllWorks(5, arguments.data());
  return HasFailedPeers() ? 1 : result;
}

// args: when it fails, and where the evidence is written.
IPC_CHANNEL_CHILD_MAIN(MeasureWhatFails) {
  const Peer failing = FailingPeer("failing", args[0], args[1]);
  return RunPeers({&failing, 1}, absl::StrCat("--csv=", args[1], "Csv"));
}

// args: where the evidence and the results are written.
IPC_CHANNEL_CHILD_MAIN(MeasureBesideWhatFails) {
  const Peer peers[] = {FailingPeer("good", kNever, args[0]),
                        FailingPeer("failing", kRun, args[0]),
                        FailingPeer("better", kNever, args[0])};
  return RunPeers(peers, absl::StrCat("--csv=", args[1]));
}

// args: where the evidence is written.
IPC_CHANNEL_CHILD_MAIN(MeasureWhatHangs) {
  HoldInterruptions();
  const Peer hanging = FailingPeer("hanging", kHang, args[0]);
  return RunPeers({&hanging, 1}, "--csv=");
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What has `part` in its name.
std::vector<std::string> FilesIn(const std::string& folder,
                                 const std::string& part) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (absl::StrContains(entry.path().filename().native(), part)) {
      found.push_back(entry.path());
    }
  }
  return found;
}

class FailingMeasurementTest : public TestWithParam<const char*> {};

TEST_P(FailingMeasurementTest, EndsTheBenchmarkAndLeavesNoFile) {
  const std::string folder = absl::StrCat(::testing::TempDir(), GetParam());
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  const std::string evidence = absl::StrCat(folder, "Evidence");
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("MeasureWhatFails", {GetParam(), evidence},
                         {.environment = {{"TMPDIR", folder}}}));
  const std::string name = absl::StrCat("peers", child.pid(), "x");
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(1)));
  EXPECT_TRUE(std::filesystem::exists(evidence));
  EXPECT_THAT(FilesIn(folder, ""), IsEmpty());
  EXPECT_THAT(FilesIn("/dev/shm", name), IsEmpty());
  std::filesystem::remove(evidence);
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(All, FailingMeasurementTest,
                         Values(kConnect, kWarmUp, kRun, kEnd),
                         [](const auto& info) { return info.param; });

TEST(PeerWorksTest, APeerThatFailsCostsNoOther) {
  const std::string csv = absl::StrCat(::testing::TempDir(), "results.csv");
  const std::string evidence = absl::StrCat(::testing::TempDir(), "evidence");
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("MeasureBesideWhatFails", {evidence, csv}));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(1)));
  EXPECT_THAT(ContentOf(csv), AllOf(HasSubstr("0,RoundTrip,8,good,1,"),
                                    HasSubstr("0,RoundTrip,8,better,0,"),
                                    Not(HasSubstr("failing"))));
}

TEST(PeerWorksTest, AnInterruptionEndsItAfterNothingIsLeft) {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    const std::string folder =
        absl::StrCat(::testing::TempDir(), "interrupted", number);
    ASSERT_TRUE(std::filesystem::create_directory(folder));
    const std::string evidence = absl::StrCat(folder, "Evidence");
    ASSERT_OK_AND_ASSIGN(
        ChildProcess child,
        ChildProcess::Exec("MeasureWhatHangs", {evidence},
                           {.environment = {{"TMPDIR", folder}}}));
    while (!std::filesystem::exists(evidence)) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    const std::string name = absl::StrCat("peers", child.pid(), "x");
    ASSERT_EQ(::kill(child.pid(), number), 0);
    EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
                IsOkAndHolds(ExitResult::Killed(number)));
    EXPECT_THAT(FilesIn(folder, ""), IsEmpty());
    EXPECT_THAT(FilesIn("/dev/shm", name), IsEmpty());
  }
}

// Of a process that takes its leave, and then does not go.
class LingeringConnection : public Connection {
 public:
  std::unique_ptr<Link> Open(End end,
                             ipc_channel::transport::BorrowedFd) override {
    if (end == End::kFar) std::atexit([] { ::pause(); });
    return std::make_unique<FailingLink>(end, kNever);
  }
  bool EndsByExit() const override { return true; }
};

TEST(ProcessPairTest, AProcessThatDoesNotEndIsKilled) {
  const Peer lingering = {.name = "lingering", .connect = [](const Meeting&) {
                            return std::make_unique<LingeringConnection>();
                          }};
  const Exchange exchange;
  ProcessPair pair(lingering, exchange.traffic, exchange.size,
                   NearBody(exchange), FarBody(exchange),
                   std::chrono::seconds(3));
  absl::Status status = pair.AwaitReady();
  if (status.ok()) status = pair.Run();
  if (status.ok()) status = pair.Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(ProcessPairTest, WithoutAConnectionEveryCallSaysWhy) {
  const Peer failing = FailingPeer(
      "failing", kConnect, absl::StrCat(::testing::TempDir(), "no_connection"));
  const Exchange exchange;
  ProcessPair pair(failing, exchange.traffic, exchange.size, NearBody(exchange),
                   FarBody(exchange), std::chrono::seconds(60));
  EXPECT_THAT(pair.AwaitReady(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pair.Run(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pair.Finish(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(WarmUpTest, GoesThroughTheDeepestQueue) {
  // iceoryx has 256 of up to 64 KiB, and others 16 MiB of any size.
  for (const std::size_t size : {8, 4 << 10, 64 << 10}) {
    EXPECT_GT(WarmUpOf({.size = size}).count, 256) << size;
  }
  for (const std::size_t size : {1 << 20, 16 << 20}) {
    EXPECT_GE(WarmUpOf({.size = size}).count * size, 16 << 20) << size;
  }
  EXPECT_EQ(WarmUpOf({.size = 8, .batch = 4000}).batch,
            WarmUpOf({.size = 8}).count);
  EXPECT_EQ(WarmUpOf({.size = 8, .batch = 1}).batch, 1);
}

}  // namespace
}  // namespace ipc_channel_bench
