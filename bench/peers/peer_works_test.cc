#include "ipc_channel/bench/peers/peer_works.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/rounds.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::testing::IsEmpty;
using ::testing::TestWithParam;
using ::testing::Values;

// When the far end fails.
constexpr char kWarmUp[] = "WarmUp";
constexpr char kRun[] = "Run";
constexpr char kEnd[] = "End";

// Each end only ever meets itself: enough for round trips.
class FailingLink : public Link {
 public:
  FailingLink(End end, std::string when) : end_(end), when_(std::move(when)) {}
  ~FailingLink() override { FailIf(when_ == kEnd); }

  std::span<std::byte> Prepare(std::size_t) override { return message_; }
  void Send() override {}
  std::span<const std::byte> Receive() override {
    // Two of them are the warm-up.
    ++received_;
    FailIf(when_ == kWarmUp || (when_ == kRun && received_ == 3));
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

  std::unique_ptr<Link> Open(End end,
                             ipc_channel::transport::BorrowedFd) override {
    if (end == End::kFar &&
        !(WriteFile(absl::StrCat(meeting_.folder, "/left")) &&
          WriteFile(absl::StrCat("/dev/shm/", meeting_.name, "left")) &&
          WriteFile(evidence_))) {
      Stop("no file can be written");
    }
    return std::make_unique<FailingLink>(end, when_);
  }

 private:
  const Meeting meeting_;
  const std::string when_;
  const std::string evidence_;
};

// args: when it fails, and where the evidence is written.
IPC_CHANNEL_CHILD_MAIN(MeasureWhatFails) {
  const Peer failing = {
      .name = "failing", .connect = [&args](const Meeting& meeting) {
        return std::make_unique<FailingConnection>(meeting, args[0], args[1]);
      }};
  AddPeerWorks({&failing, 1});
  std::string name = "benchmark";
  std::string rounds = "--rounds=1";
  std::string filter = "--benchmark_filter=RoundTrip/failing/8/";
  std::array<char*, 4> arguments = {name.data(), rounds.data(), filter.data(),
                                    nullptr};
  return RunAllWorks(3, arguments.data());
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
                         Values(kWarmUp, kRun, kEnd),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ipc_channel_bench
