// Receives that may be stopped, over a lane that tells of messages by its
// deadline only.

#include <sys/resource.h>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::StatusIs;

// Has a message from `ready_at` on. Its descriptor says nothing of that.
class SilentLane final : public ReceiverLane {
 public:
  SilentLane(Doorbell silent, absl::Time ready_at)
      : silent_(std::move(silent)), ready_at_(ready_at) {}

  absl::StatusOr<bool> Receive(Message&, absl::Time) override {
    return absl::Now() >= ready_at_;
  }
  BorrowedFd descriptor() const override { return silent_.descriptor(); }
  absl::Time Deadline() override {
    return absl::Now() >= ready_at_ ? absl::InfinitePast() : ready_at_;
  }

 private:
  Doorbell silent_;
  const absl::Time ready_at_;
};

Receiver ReadyAt(absl::Time time) {
  return Receiver(
      std::make_unique<SilentLane>(Doorbell::Create().value(), time));
}

absl::Duration ProcessorTimeOfThisThread() {
  rusage usage = {};
  ::getrusage(RUSAGE_THREAD, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

TEST(StoppableReceiveTest, LooksAgainAtTheDeadlineOfTheLane) {
  Receiver receiver = ReadyAt(absl::Now() + absl::Milliseconds(30));
  std::stop_source source;
  Message message;
  EXPECT_OK(
      receiver.Receive(message, absl::InfiniteFuture(), source.get_token()));
}

TEST(StoppableReceiveTest, DoesNotLookAllTheTime) {
  Receiver receiver = ReadyAt(absl::InfiniteFuture());
  std::stop_source source;
  std::thread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(300));
    source.request_stop();
  });
  const absl::Duration before = ProcessorTimeOfThisThread();
  Message message;
  EXPECT_THAT(
      receiver.Receive(message, absl::InfiniteFuture(), source.get_token()),
      StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(ProcessorTimeOfThisThread() - before, absl::Milliseconds(100));
  stopper.join();
}

}  // namespace
}  // namespace ipc_channel::transport
