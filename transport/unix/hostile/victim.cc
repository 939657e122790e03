#include "ipc_channel/transport/unix/hostile/victim.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::Handle;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::MutableMemory;
using ::ipc_channel::transport::ReadOnlyMemory;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;
using ::ipc_channel::transport::UniqueFd;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::Text;

// What the victim itself sends through senders that it was given, some of which
// lead back to it.
constexpr char kTouch[] = "touch";

// Keeps a compiler from leaving out reads whose result nobody needs.
volatile std::uint8_t sink;

// Something of every page, and the last byte.
void ReadAll(std::span<const std::byte> bytes) {
  constexpr std::size_t kStep = 512;
  for (std::size_t at = 0; at < bytes.size(); at += kStep) {
    sink = static_cast<std::uint8_t>(bytes[at]);
  }
  if (!bytes.empty()) sink = static_cast<std::uint8_t>(bytes.back());
}

bool IsGood(const Message& message) {
  return absl::StartsWith(Text(message.payload()), "good ");
}

// Uses a handle as its owner would.
class Toucher {
 public:
  // A good message came out of a receiver that was one's own end.
  bool found_good_message() const { return found_good_message_; }

  void operator()(std::monostate) const {}
  void operator()(Sender& sender) const {
    const Sender copy = sender;
    copy.Send(Bytes(kTouch), absl::InfinitePast()).IgnoreError();
    sender.Send(Bytes(kTouch), absl::Now()).IgnoreError();
  }
  void operator()(Receiver& receiver) {
    Message message;
    for (int i = 0; i < 3; ++i) {
      const absl::StatusOr<bool> received = receiver.TryReceive(message);
      if (received.ok() && *received && IsGood(message)) {
        found_good_message_ = true;
      }
    }
    receiver.NativeWaitable().status().IgnoreError();
    receiver.Receive(message, absl::Now()).IgnoreError();
  }
  void operator()(UniqueFd& descriptor) const {
    EXPECT_TRUE(descriptor.valid());
  }
  void operator()(SharedMemory& memory) const { ReadAll(memory.bytes()); }
  void operator()(ReadOnlyMemory& memory) { ReadCopy(memory); }
  void operator()(MutableMemory& memory) {
    ReadCopy(memory);
    const std::array<std::byte, 1> one = {};
    if (memory.size() > 0) {
      EXPECT_TRUE(memory.CopyIn(memory.size() - 1, one).ok());
    }
  }

 private:
  template <class Memory>
  void ReadCopy(const Memory& memory) {
    copy_.resize(memory.size());
    EXPECT_TRUE(memory.CopyOut(0, copy_).ok());
    ReadAll(copy_);
  }

  std::vector<std::byte> copy_;
  bool found_good_message_ = false;
};

::testing::AssertionResult IsIntact(Message& message, int round) {
  const std::string number = absl::StrCat(round);
  std::string expected = absl::StrCat("good ", number, " ");
  for (int i = 0; i < 300; ++i) {
    expected.push_back(static_cast<char>(i * 7 + round));
  }
  if (Text(message.payload()) != expected) {
    return ::testing::AssertionFailure() << "a good message has other bytes";
  }
  const auto* const pipe = message.handles().size() == 1
                               ? std::get_if<UniqueFd>(&message.handles()[0])
                               : nullptr;
  std::array<char, 16> read;
  if (pipe == nullptr ||
      ::read(pipe->get(), read.data(), read.size()) !=
          static_cast<ssize_t>(number.size()) ||
      std::string(read.data(), number.size()) != number) {
    return ::testing::AssertionFailure() << "a good message has other handles";
  }
  return ::testing::AssertionSuccess();
}

}  // namespace

void Tally::CountMessage(Message& message) {
  if (IsGood(message)) {
    EXPECT_TRUE(IsIntact(message, round_));
    is_good_ = true;
    return;
  }
  if (Text(message.payload()) == kTouch) return;
  ++messages_;
  ReadAll(message.payload());
  Toucher toucher;
  for (Handle& handle : message.handles()) std::visit(toucher, handle);
  if (toucher.found_good_message()) is_good_ = true;
}

void Tally::Count(const absl::Status& status, Message& message) {
  if (status.ok()) {
    CountMessage(message);
  } else if (absl::IsDataLoss(status)) {
    ++dropped_;
    EXPECT_TRUE(message.payload().empty());
    EXPECT_TRUE(message.handles().empty());
  } else if (IsDisconnected(status)) {
    is_ended_ = true;
  } else if (!absl::IsDeadlineExceeded(status)) {
    ADD_FAILURE() << "neither a message nor a documented error: " << status;
    is_ended_ = true;
  }
}

::testing::AssertionResult Tally::Agrees(const Account& account) const {
  const int certain = account.bad + account.fine;
  const int sent = certain + account.odd;
  const bool is_odd_known = account.odd >= 0;
  // Before the end, what is odd may be lost.
  const int least = is_good_ && is_odd_known ? sent : certain;
  if (dropped_ >= account.bad && messages_ >= account.fine &&
      events() >= least && (!is_odd_known || events() <= sent)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << dropped_ << " dropped and " << messages_ << " received, of "
         << account.bad << " bad, " << account.fine << " fine and "
         << account.odd << " odd ones; " << (is_good_ ? "good" : "ended");
}

absl::Status ReceiveIn(Manner manner, Receiver& receiver, Message& message) {
  switch (manner) {
    case Manner::kForEver:
      return receiver.Receive(message);
    case Manner::kUntilDeadline:
      return receiver.Receive(message, absl::Now() + absl::Milliseconds(20));
    case Manner::kPolling:
      break;
  }
  const absl::StatusOr<BorrowedFd> waitable = receiver.NativeWaitable();
  if (!waitable.ok()) return waitable.status();
  pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
  ::poll(&entry, 1, 20);
  const absl::StatusOr<bool> received = receiver.TryReceive(message);
  if (!received.ok()) return received.status();
  return *received ? absl::OkStatus() : absl::DeadlineExceededError("nothing");
}

}  // namespace ipc_channel_hostile
