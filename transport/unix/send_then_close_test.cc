// A sender that sends and closes at once: its last message must come before
// Disconnected, however the receiver looks. Linux checks for the end of a
// stream after it found the queue empty (unix_dgram_recvmsg in
// net/unix/af_unix.c), so that a read in between says that nothing will come.

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <ostream>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

constexpr int kJobsInChild = 7;
constexpr int kPaceInChild = 8;

// Channels that are handed to the sending side at once.
constexpr std::size_t kBatch = 100;

// Every other round has a second message, whose look for more meets the end.
int MessagesOf(std::uint64_t round) { return 1 + static_cast<int>(round % 2); }

// The round that the receiving side looks at, for the sending side to meet it
// there: in memory that two processes can share. Thread-safe.
class Pace {
 public:
  explicit Pace(UniqueFd file) : file_(std::move(file)) {
    void* address = ::mmap(nullptr, sizeof(std::atomic<std::uint64_t>),
                           PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (address == MAP_FAILED) std::abort();
    round_ = static_cast<std::atomic<std::uint64_t>*>(address);
  }
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;
  ~Pace() { ::munmap(round_, sizeof(std::atomic<std::uint64_t>)); }

  static UniqueFd NewFile() {
    UniqueFd file(::memfd_create("pace", MFD_CLOEXEC));
    if (::ftruncate(file.get(), sizeof(std::atomic<std::uint64_t>)) != 0) {
      std::abort();
    }
    return file;
  }

  int descriptor() const { return file_.get(); }

  void Reach(std::uint64_t round) { *round_ = round; }
  // Until the receiving side is there, or a little later if it is not: it may
  // wait for what the sending side does first.
  void Meet(std::uint64_t round) const {
    constexpr int kPatience = 3'000;
    for (int spins = 0; *round_ < round && spins < kPatience; ++spins) continue;
  }

 private:
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  UniqueFd file_;
  std::atomic<std::uint64_t>* round_ = nullptr;
};

// The sending side: each message of `jobs` has the senders of the next rounds.
absl::Status SendAndCloseAll(Receiver jobs, const Pace& pace) {
  Message job;
  std::uint64_t round = 0;
  while (true) {
    absl::Status status = jobs.Receive(job);
    if (!status.ok()) {
      return IsDisconnected(status) ? absl::OkStatus() : status;
    }
    for (std::size_t i = 0; i < job.handles().size(); ++i, ++round) {
      const Sender sender = Take<Sender>(job, i);
      pace.Meet(round);
      for (int message = 0; message < MessagesOf(round); ++message) {
        status = sender.Send(Bytes("last words"));
        if (!status.ok()) return status;
      }
    }
  }
}

IPC_CHANNEL_CHILD_MAIN(SendAndCloseAll) {
  const Pace pace{UniqueFd(kPaceInChild)};
  absl::StatusOr<Receiver> jobs = AdoptUnixReceiver(UniqueFd(kJobsInChild));
  if (!jobs.ok()) return 101;
  return static_cast<int>(SendAndCloseAll(*std::move(jobs), pace).code());
}

// How the receiving side looks for messages.
enum class Look { kBlocking, kUntilADeadline, kPolling, kInASet };
enum class SenderIs { kAThread, kAProcess };

void PrintTo(Look look, std::ostream* os) {
  *os << std::vector{"Blocking", "UntilADeadline", "Polling",
                     "InASet"}[static_cast<std::size_t>(look)];
}
void PrintTo(SenderIs sender, std::ostream* os) {
  *os << (sender == SenderIs::kAThread ? "Thread" : "Process");
}

class SendThenCloseTest
    : public ::testing::TestWithParam<std::tuple<SenderIs, Look>> {
  ExpectNoFdLeak no_leak_;

 protected:
  static std::uint64_t rounds() {
    return ipc_channel_testing::NumberFromEnvironment(
        "IPC_CHANNEL_SEND_THEN_CLOSE_ROUNDS", 2'000);
  }

  // Hands the senders of a batch of new channels to the sending side.
  std::vector<Receiver> StartBatch() {
    std::vector<Sender> senders;
    std::vector<Receiver> receivers;
    for (std::size_t i = 0; i < kBatch; ++i) {
      absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
      EXPECT_OK(pair);
      if (!pair.ok()) return {};
      senders.push_back(std::move(pair->sender));
      receivers.push_back(std::move(pair->receiver));
    }
    std::vector<HandleRef> handles;
    for (Sender& sender : senders) handles.push_back(HandleRef::Moving(sender));
    EXPECT_OK(jobs_.Send({}, handles, Soon()));
    return receivers;
  }

  void ReceiveBatch(std::uint64_t first, std::vector<Receiver> receivers) {
    const Look look = std::get<Look>(GetParam());
    if (look == Look::kInASet) {
      pace_.Reach(first + kBatch);
      return ReceiveInASet(first, receivers);
    }
    for (std::size_t i = 0; i < receivers.size(); ++i) {
      pace_.Reach(first + i);
      ASSERT_EQ(MessagesUntilTheEnd(receivers[i], look), MessagesOf(first + i))
          << "in round " << first + i;
    }
  }

  int MessagesUntilTheEnd(Receiver& receiver, Look look) {
    int messages = 0;
    while (true) {
      absl::StatusOr<bool> received = true;
      if (look == Look::kPolling) {
        received = receiver.TryReceive(message_);
      } else {
        const absl::Status status = receiver.Receive(
            message_,
            look == Look::kBlocking ? absl::InfiniteFuture() : Soon());
        if (!status.ok()) received = status;
      }
      if (!received.ok()) {
        EXPECT_THAT(received, StatusIs(absl::StatusCode::kUnavailable));
        return messages;
      }
      if (*received) ++messages;
    }
  }

  void ReceiveInASet(std::uint64_t first, std::vector<Receiver>& receivers) {
    ReceiverSet set;
    std::map<ReceiverSet::Id, int> due;
    for (std::size_t i = 0; i < receivers.size(); ++i) {
      ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                           set.Add(std::move(receivers[i])));
      due[id] = MessagesOf(first + i);
    }
    while (set.size() > 0) {
      ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                           set.Wait(Soon(), events_));
      for (const ReceiverSet::Event& event : events) {
        if (event.status.ok()) {
          --due[event.id];
        } else {
          EXPECT_THAT(event.status, StatusIs(absl::StatusCode::kUnavailable));
          ASSERT_EQ(due[event.id], 0)
              << "between " << first << " and " << first + kBatch;
        }
      }
    }
  }

  // All rounds, but for the sending side.
  void ReceiveAll() {
    const std::uint64_t count = rounds();
    for (std::uint64_t first = 0; first < count && !HasFailure();
         first += kBatch) {
      ReceiveBatch(first, StartBatch());
    }
    jobs_ = Sender();
  }

  Pace pace_{Pace::NewFile()};
  Sender jobs_;

 private:
  Message message_;
  std::vector<ReceiverSet::Event> events_{ReceiverSet::kMaxEventsPerWait};
};

INSTANTIATE_TEST_SUITE_P(
    All, SendThenCloseTest,
    ::testing::Combine(::testing::Values(SenderIs::kAThread,
                                         SenderIs::kAProcess),
                       ::testing::Values(Look::kBlocking, Look::kUntilADeadline,
                                         Look::kPolling, Look::kInASet)),
    [](const ::testing::TestParamInfo<std::tuple<SenderIs, Look>>& info) {
      return ::testing::PrintToString(std::get<SenderIs>(info.param)) +
             ::testing::PrintToString(std::get<Look>(info.param));
    });

TEST_P(SendThenCloseTest, TheLastMessageComesBeforeTheEnd) {
  ASSERT_OK_AND_ASSIGN(ChannelPair jobs, CreateUnixChannel());
  jobs_ = std::move(jobs.sender);
  if (std::get<SenderIs>(GetParam()) == SenderIs::kAThread) {
    std::thread sending([this, receiver = std::move(jobs.receiver)]() mutable {
      EXPECT_OK(SendAndCloseAll(std::move(receiver), pace_));
    });
    ReceiveAll();
    sending.join();
    return;
  }
  ExecOptions options;
  options.descriptors = {
      {kJobsInChild, jobs.receiver.lane()->descriptor().get()},
      {kPaceInChild, pace_.descriptor()}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendAndCloseAll", {}, options));
  jobs.receiver = Receiver();
  ReceiveAll();
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

}  // namespace
}  // namespace ipc_channel::transport
