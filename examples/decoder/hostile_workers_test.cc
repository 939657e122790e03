// Whatever a worker does, its parent has a line to say why there is no image,
// keeps nothing of it, and decodes the next file.

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/decode_in_worker.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/open_file.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace decoder {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::StatusCode kRefused = absl::StatusCode::kInvalidArgument;

constexpr char kForbidden[] = "made a forbidden system call";
constexpr char kNoReply[] = "sent what is no reply";
constexpr char kLied[] = "lied about the image";

absl::StatusOr<Image> Decode(WorkerOptions options) {
  auto file = OpenFile("examples/decoder/testdata/gradient.png");
  if (!file.ok()) return file.status();
  return DecodeInWorker(*std::move(file), options);
}

absl::StatusOr<Image> DecodeWithout(const std::string& deed,
                                    absl::Duration time = absl::Minutes(1)) {
  return Decode({.program = "examples/decoder/malicious_worker",
                 .arguments = {deed},
                 .time = time});
}

void ExpectThatAnotherWorkerDecodes() {
  const auto image = Decode({.program = "examples/decoder/decoder_for_tests",
                             .arguments = {"--worker"},
                             .time = absl::Minutes(1)});
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 5u);
  EXPECT_EQ(image->height, 3u);
}

// Not even one that has ended.
bool HasNoChild() {
  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 &&
         errno == ECHILD;
}

struct Case {
  const char* deed;
  absl::StatusCode code;
  const char* words;
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.deed;
}

class HostileWorkerTest : public ::testing::TestWithParam<Case> {
  ExpectNoFdLeak no_leak_;
};

INSTANTIATE_TEST_SUITE_P(
    Deeds, HostileWorkerTest,
    ::testing::Values(
        Case{"opens a file", kAborted, kForbidden},
        Case{"connects", kAborted, kForbidden},
        Case{"makes a socket", kAborted, kForbidden},
        Case{"forks", kAborted, kForbidden},
        Case{"executes", kAborted, kForbidden},
        Case{"traces its parent", kAborted, kForbidden},
        Case{"signals its parent", kAborted, kForbidden},
        Case{"signals a thread of its parent", kAborted, kForbidden},
        Case{"has its parent signalled", kAborted, kForbidden},
        Case{"maps code", kAborted, kForbidden},
        Case{"lifts its limits", kAborted, kForbidden},
        // By SIGXFSZ.
        Case{"overfills its memory", kAborted, "was killed by signal 25"},
        Case{"aborts", kAborted, "was killed by signal 6"},
        Case{"exits", kAborted, "the worker exited with code 3"},
        Case{"floods", kRefused, "no, no, no"},
        Case{"sends garbage", kDataLoss, kNoReply},
        Case{"sends another type", kDataLoss, kNoReply},
        Case{"sends a huge text", kDataLoss, kNoReply},
        Case{"sends control characters", kRefused,
             "\\x1b[2J\\r\\ngood.png: 1x1"},
        Case{"sends 200 handles", kDataLoss, kNoReply},
        // They are more than it may have in flight, and do not go.
        Case{"sends 1000 handles", kRefused, "did it"},
        Case{"sends no pixels", kDataLoss, kLied},
        Case{"sends too few pixels", kDataLoss, kLied},
        Case{"sends too many pixels", kDataLoss, kLied},
        Case{"sends no width", kDataLoss, kLied},
        Case{"sends dimensions that overflow", kDataLoss, kLied},
        Case{"sends unsealed memory", kDataLoss, kNoReply},
        Case{"sends short memory", kDataLoss, kNoReply},
        Case{"sends a descriptor for memory", kDataLoss, kNoReply}));

TEST_P(HostileWorkerTest, CostsItsOwnFileAndNoOther) {
  EXPECT_THAT(DecodeWithout(GetParam().deed),
              StatusIs(GetParam().code, HasSubstr(GetParam().words)));
  EXPECT_TRUE(HasNoChild());
  ExpectThatAnotherWorkerDecodes();
}

class SlowWorkerTest : public ::testing::TestWithParam<const char*> {
  ExpectNoFdLeak no_leak_;
};

INSTANTIATE_TEST_SUITE_P(Deeds, SlowWorkerTest,
                         ::testing::Values("hangs",
                                           "closes its descriptors and hangs"));

TEST_P(SlowWorkerTest, IsKilledAtItsDeadline) {
  EXPECT_THAT(DecodeWithout(GetParam(), absl::Milliseconds(300)),
              StatusIs(kLate, HasSubstr("300ms")));
  EXPECT_TRUE(HasNoChild());
  ExpectThatAnotherWorkerDecodes();
}

TEST(KeptInputTest, IsGoneWithTheWorkerOnceThereIsAReply) {
  ExpectNoFdLeak no_leak;
  const auto image = DecodeWithout("keeps the input and replies");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 64u);
  EXPECT_TRUE(HasNoChild());
}

using Files = std::vector<ipc_channel::UniqueFd>;

void SendHundred(const ipc_channel::Sender<Files>& sender) {
  Files hundred;
  for (int i = 0; i < 100; ++i) {
    auto file = OpenFile("examples/decoder/testdata/gradient.png");
    ASSERT_TRUE(file.ok()) << file.status();
    hundred.push_back(*std::move(file));
  }
  ASSERT_TRUE(sender.Send(std::move(hundred)).ok());
}

TEST(BusyUserTest, AReplyWaitsUntilFewerDescriptorsAreInFlight) {
  ExpectNoFdLeak no_leak;
  auto channel = ipc_channel::Channel<Files>();
  ASSERT_TRUE(channel.ok()) << channel.status();
  // More than a worker's limit, sent and not received.
  for (int i = 0; i < 4; ++i) SendHundred(channel->sender);
  std::thread receives([&] {
    // Long enough for a worker to begin; nothing depends on it.
    absl::SleepFor(absl::Milliseconds(300));
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(channel->receiver.Recv().ok());
  });
  const auto image = DecodeWithout("keeps the input and replies");
  receives.join();
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 64u);
}

TEST(NoSandboxTest, IsNoWorker) {
  ExpectNoFdLeak no_leak;
  EXPECT_THAT(Decode({.program = "/bin/true", .time = absl::Minutes(1)}),
              StatusIs(kAborted, HasSubstr("exited with code 0")));
  EXPECT_THAT(Decode({.program = "/no/such/program"}), StatusIs(kRefused));
}

}  // namespace
}  // namespace decoder
