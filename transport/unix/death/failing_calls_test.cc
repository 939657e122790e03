// Every system call that a send or a receive makes fails once, with each error
// that says that something has run out, or that a signal came: the operation
// says so or copes, keeps nothing open, and works when it is repeated.

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unix/death/cargo.h"
#include "ipc_channel/transport/unix/death/stepping_fixture.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Step;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;
using ::ipc_channel_testing::Text;

constexpr int kErrors[] = {EINTR, ENOMEM, EMFILE, ENFILE, ENOBUFS, ENOSPC};

template <std::size_t kSize>
bool IsAmong(const long (&calls)[kSize], long call) {
  return std::ranges::find(calls, call) != std::end(calls);
}

// The calls that may fail so; not those that give things back (without them
// there would be a leak indeed), nor those of the C library's allocator.
bool CanFail(const SyscallStop& stop) {
  static constexpr long kCalls[] = {
    SYS_socketpair,
    SYS_sendmsg,
    SYS_sendto,
    SYS_recvmsg,
    SYS_memfd_create,
    SYS_fallocate,
    SYS_pwrite64,
    SYS_fcntl,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_getsockname,
    SYS_shutdown,
    SYS_ioctl,
    SYS_ppoll,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_prlimit64,
    SYS_mmap,
#if defined(SYS_poll)
    SYS_poll,
#endif
#if defined(SYS_epoll_wait)
    SYS_epoll_wait,
#endif
#if defined(SYS_epoll_pwait2)
    SYS_epoll_pwait2,
#endif
  };
  // That of a memory object's seals has no way to fail.
  if (stop.call == SYS_fcntl && stop.arguments[1] == F_GET_SEALS) return false;
  if (stop.call == SYS_mmap && (stop.arguments[3] & MAP_ANONYMOUS) != 0) {
    return false;
  }
  return IsAmong(kCalls, stop.call);
}

// Those that may wait.
bool CanBeInterrupted(const SyscallStop& stop) {
  static constexpr long kCalls[] = {
    SYS_sendmsg,
    SYS_sendto,
    SYS_recvmsg,
    SYS_fallocate,
    SYS_pwrite64,
    SYS_ppoll,
    SYS_epoll_pwait,
#if defined(SYS_poll)
    SYS_poll,
#endif
#if defined(SYS_epoll_wait)
    SYS_epoll_wait,
#endif
#if defined(SYS_epoll_pwait2)
    SYS_epoll_pwait2,
#endif
  };
  return IsAmong(kCalls, stop.call);
}

// What the child reports by its exit code.
enum Verdict : int {
  kGood = 0,
  kCannotPrepare,
  kWrongCode,
  kLeftSomethingOpen,
  kFailsWhenRepeated,
  kNotWhole,
};

class FailingCallsTest : public SteppingTest {
 protected:
  // Calls `round`, which steps a child by FailAt(), with each call and each
  // error in turn. In the first round nothing fails.
  void WithEveryCall(absl::FunctionRef<void()> round) {
    fails_at_ = -1;
    places_.clear();
    RunRound(round);
    EXPECT_FALSE(places_.empty());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (!IsAmongEqualCalls(i)) WithEveryError(i, round);
    }
    RecordProperty("calls", static_cast<int>(places_.size()));
  }

  // The places are counted among themselves: a sanitizer makes more calls
  // in one round than in another.
  Step FailAt(const SyscallStop& stop) {
    if (!stop.entering || !CanFail(stop)) return Step::GoOn();
    if (fails_at_ < 0) places_.push_back(stop);
    return passed_++ == fails_at_ ? Step::Fail(error_) : Step::GoOn();
  }

  void ExpectGood(const absl::StatusOr<ExitResult>& end) const {
    EXPECT_THAT(end, IsOkAndHolds(ExitResult::Exited(kGood)))
        << "after the status code " << progress_->done;
  }

 private:
  // Of many equal calls in a row the first and the last are tried.
  bool IsAmongEqualCalls(std::size_t place) const {
    constexpr std::size_t kAround = 2;
    if (place < kAround || place + kAround >= places_.size()) return false;
    const auto around =
        std::span(places_).subspan(place - kAround, 2 * kAround + 1);
    return std::ranges::all_of(around, [&](const SyscallStop& other) {
      return other.call == places_[place].call;
    });
  }

  void WithEveryError(std::size_t place, absl::FunctionRef<void()> round) {
    for (const int error : kErrors) {
      if (HasFailure()) return;
      if (error == EINTR && !CanBeInterrupted(places_[place])) continue;
      fails_at_ = static_cast<int>(place);
      error_ = error;
      SCOPED_TRACE(::testing::Message()
                   << places_[place] << " "
                   << std::generic_category().message(error));
      RunRound(round);
    }
  }

  void RunRound(absl::FunctionRef<void()> round) {
    progress_.Reset();
    passed_ = 0;
    round();
  }

  int fails_at_ = -1;  // among the places
  int passed_ = 0;     // of the places, in this round
  int error_ = 0;
  std::vector<SyscallStop> places_;
};

std::ptrdiff_t OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

INSTANTIATE_TEST_SUITE_P(All, FailingCallsTest,
                         ::testing::ValuesIn(AllCargo().begin(),
                                             AllCargo().end()),
                         NameOfCargo);

// How many descriptors the cargo has before it is sent.
std::ptrdiff_t DescriptorsIn(const CargoSpec& spec) {
  return static_cast<std::ptrdiff_t>(spec.descriptors) + (spec.sender ? 1 : 0) +
         (spec.receiver ? 1 : 0);
}

Verdict SendAndRepeat(Cargo& cargo, const Sender& sender,
                      std::atomic<int>& code) {
  if (cargo.spec().without_memfd && !DenyMemfdAndLargeBuffers(ENOSYS)) {
    return kCannotPrepare;
  }
  const std::ptrdiff_t before = OpenDescriptors();
  BeginSteps();
  absl::Status status = cargo.SendTo(sender);
  EndSteps();
  code = static_cast<int>(status.code());
  if (!status.ok()) {
    if (!absl::IsResourceExhausted(status)) return kWrongCode;
    if (OpenDescriptors() != before) return kLeftSomethingOpen;
    if (!cargo.SendTo(sender).ok()) return kFailsWhenRepeated;
  }
  cargo.DropFreight();
  return OpenDescriptors() == before - DescriptorsIn(cargo.spec())
             ? kGood
             : kLeftSomethingOpen;
}

TEST_P(FailingCallsTest, OfASendTakeNothingAndTheNextOneArrives) {
  WithEveryCall([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    const absl::StatusOr<ExitResult> end = StepThrough(
        [&] { return SendAndRepeat(cargo, pair.sender, progress_->done); },
        [this](const SyscallStop& stop) { return FailAt(stop); });
    ExpectGood(end);
    cargo.DropFreight();
    pair.sender = Sender();
    {
      Message message;
      ASSERT_OK(pair.receiver.Receive(message, Soon()));
      EXPECT_TRUE(cargo.IsWholeIn(message));
      EXPECT_TRUE(cargo.WorksIn(message));
    }
    EXPECT_THAT(ReceiveText(pair.receiver),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(cargo.IsGone());
  });
}

// What a receive may say if its own system calls fail: the message is lost, or
// was left where it is. Not that the channel is at its end.
bool IsOfThisMessageOnly(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsDataLoss(status);
}

Verdict ReceiveAndGoOn(Receiver& receiver, const Cargo& cargo,
                       std::atomic<int>& code) {
  const std::ptrdiff_t before = OpenDescriptors();
  Message message;
  BeginSteps();
  absl::Status status = receiver.Receive(message, Soon());
  EndSteps();
  code = static_cast<int>(status.code());
  if (status.ok()) {
    if (!cargo.IsWholeIn(message)) return kNotWhole;
  } else {
    if (!IsOfThisMessageOnly(status)) return kWrongCode;
    if (OpenDescriptors() != before) return kLeftSomethingOpen;
  }
  // It, if it was left there, and the next one.
  do {
    if (!receiver.Receive(message, Soon()).ok()) return kFailsWhenRepeated;
  } while (Text(message.payload()) != "after it");
  return OpenDescriptors() == before ? kGood : kLeftSomethingOpen;
}

TEST_P(FailingCallsTest, OfAReceiveCostAMessageAtMost) {
  WithEveryCall([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    Queue(cargo, pair.sender);
    const absl::StatusOr<ExitResult> end = StepThrough(
        [&] {
          cargo.DropWitnesses();
          pair.sender = Sender();
          return ReceiveAndGoOn(pair.receiver, cargo, progress_->done);
        },
        [&](const SyscallStop& stop) {
          pair.receiver = Receiver();
          return FailAt(stop);
        });
    ExpectGood(end);
    EXPECT_TRUE(cargo.IsGone());
  });
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
