// Every peer that was built in, and with --rust=FILE those in Rust.

#include "ipc_channel/bench/peers/peers.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peer_works.h"
#include "ipc_channel/bench/peers/process_pair.h"
#include "ipc_channel/bench/peers/rust_link.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_bench {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::TestParamInfo;
using ::testing::ValuesIn;

constexpr std::chrono::minutes kLimit(2);

// What lies where peers leave things. Others may work on the machine: what
// counts has this process's number in its name; or a name that RouDi gives, if
// the peer starts one, which is only where no other runs.
std::set<std::string> FilesLeft(bool with_roudi) {
  const std::string own = absl::StrCat("peers", ::getpid());
  std::set<std::string> found;
  for (const char* folder : {"/dev/shm", "/tmp"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      const bool is_roudis =
          absl::StrContains(name, "roudi") || name == "iceoryx_mgmt";
      if (absl::StrContains(name, own) || (with_roudi && is_roudis)) {
        found.insert(entry.path());
      }
    }
  }
  return found;
}

// Whether this process has a child, or adopted one (main() asks for them).
bool HasChild() {
  return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
}

class PeersTest : public ::testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    files_before_ = FilesLeft(HasRouDi());
    if (GetParam().why_missing == nullptr) return;
    const std::string why = GetParam().why_missing();
    if (!why.empty()) GTEST_SKIP() << why;
  }

  void TearDown() override {
    EXPECT_THAT(FilesLeft(HasRouDi()), ElementsAreArray(files_before_));
    EXPECT_FALSE(HasChild());
  }

  static absl::Status Run(const Exchange& exchange) {
    ProcessPair pair(GetParam(), exchange.traffic, exchange.size,
                     NearBody(exchange), FarBody(exchange), kLimit);
    if (absl::Status ready = pair.AwaitReady(); !ready.ok()) return ready;
    if (absl::Status ran = pair.Run(); !ran.ok()) return ran;
    return pair.Finish();
  }

 private:
  static bool HasRouDi() { return GetParam().name == "iceoryx"; }

  std::set<std::string> files_before_;
};

TEST_P(PeersTest, EchoesWhatItGets) {
  for (const std::size_t size : {8u, 64u, 1001u, 4u << 10, 64u << 10}) {
    EXPECT_THAT(
        Run({.traffic = Traffic::kRoundTrips, .size = size, .count = 20}),
        IsOk())
        << size;
  }
}

TEST_P(PeersTest, BringsEveryMessageInOrder) {
  for (const std::size_t size : {8u, 64u, 4u << 10, 64u << 10}) {
    EXPECT_THAT(Run({.traffic = Traffic::kOneWay,
                     .size = size,
                     .count = 1000,
                     .batch = 300}),
                IsOk())
        << size;
  }
}

TEST_P(PeersTest, BringsLargeMessages) {
  EXPECT_THAT(Run({.traffic = Traffic::kOneWay,
                   .size = 1 << 20,
                   .count = 40,
                   .batch = 20}),
              IsOk());
  EXPECT_THAT(Run({.traffic = Traffic::kOneWay, .size = 16 << 20, .count = 3}),
              IsOk());
}

// Ends by a signal in the middle of what counts.
ProcessPair::Body DyingAfter(int count, ProcessPair::Body body) {
  return
      [count, body](Link& link, bool is_warm_up, LatencyHistogram& histogram) {
        if (is_warm_up) return body(link, is_warm_up, histogram);
        for (int i = 0; i < count; ++i) link.Receive();
        ::raise(SIGKILL);
      };
}

TEST_P(PeersTest, EndsWhenTheFarProcessDies) {
  const Exchange exchange = {
      .traffic = Traffic::kOneWay, .size = 4096, .count = 10000, .batch = 5000};
  ProcessPair pair(GetParam(), exchange.traffic, exchange.size,
                   NearBody(exchange), DyingAfter(10, FarBody(exchange)),
                   kLimit);
  ASSERT_OK(pair.AwaitReady());
  EXPECT_THAT(pair.Run(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(PeersTest, EndsWhenTheNearProcessDies) {
  const Exchange exchange = {.size = 4096, .count = 10000};
  ProcessPair pair(GetParam(), exchange.traffic, exchange.size,
                   DyingAfter(0, NearBody(exchange)), FarBody(exchange),
                   kLimit);
  ASSERT_OK(pair.AwaitReady());
  EXPECT_THAT(pair.Run(), StatusIs(absl::StatusCode::kUnavailable));
}

// Like a RouDi that was killed: there are its files, and nobody holds its lock.
TEST(IceoryxTest, IsNotLeftOutForWhatADeadDaemonHasLeft) {
  for (const Peer& peer : AllPeers()) {
    if (peer.name != "iceoryx_loan") continue;
    const std::string why = peer.why_missing();
    if (!why.empty()) GTEST_SKIP() << why;
    for (const char* left : {"/tmp/roudi", "/dev/shm/iceoryx_mgmt"}) {
      ASSERT_FALSE(std::filesystem::exists(left));
      std::ofstream(left) << "left";
      EXPECT_EQ(peer.why_missing(), "");
      EXPECT_FALSE(std::filesystem::exists(left));
    }
    return;
  }
  GTEST_SKIP() << "it is not built in";
}

TEST(IceoryxTest, IsLeftOutWhileADaemonRuns) {
  for (const Peer& peer : AllPeers()) {
    if (peer.name != "iceoryx_loan") continue;
    const std::string why = peer.why_missing();
    if (!why.empty()) GTEST_SKIP() << why;
    const Exchange exchange;
    ProcessPair pair(peer, exchange.traffic, exchange.size, NearBody(exchange),
                     FarBody(exchange), kLimit);
    ASSERT_OK(pair.AwaitReady());
    EXPECT_THAT(peer.why_missing(), HasSubstr("runs"));
    EXPECT_OK(pair.Run());
    EXPECT_OK(pair.Finish());
    return;
  }
  GTEST_SKIP() << "it is not built in";
}

INSTANTIATE_TEST_SUITE_P(All, PeersTest, ValuesIn(AllPeers()),
                         [](const TestParamInfo<Peer>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace ipc_channel_bench

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--rust=")) {
      ipc_channel_bench::AddRustPeers(std::string(argument.substr(7)));
    }
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
