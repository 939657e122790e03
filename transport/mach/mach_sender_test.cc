#include "ipc_channel/transport/mach/mach_sender.h"

#include <mach/mach.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/mach/reserved_memory.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

constexpr std::size_t kLarge = kMaxInlineBytes * 3 + 5;

std::vector<std::byte> Pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(i % 251);
  }
  return bytes;
}

class MachSenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        channel_,
        CreateMachChannel({.capacity = ChannelCapacity{.messages = 1}}));
  }

  ipc_channel_testing::ExpectNoFdLeak no_leak_;
  ChannelPair channel_;
  Message message_;
};

// One name, one lane, one reference: however often it comes.
TEST_F(MachSenderTest, ASenderThatArrivesTwiceIsTheSameOne) {
  ASSERT_OK_AND_ASSIGN(ChannelPair other, CreateMachChannel());
  const mach_port_name_t port = PortOf(other.sender);
  Sender kept;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(channel_.sender.Send({}, {other.sender, other.sender}, Soon()));
    ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
    for (Handle& handle : message_.handles()) {
      EXPECT_EQ(std::get<Sender>(handle).lane(), other.sender.lane());
      kept = std::get<Sender>(handle);
    }
    EXPECT_EQ(SendRefs(port), 1u);
  }
  other.sender = Sender();
  EXPECT_EQ(SendRefs(port), 1u);
  kept = Sender();
  message_.Clear();
  EXPECT_TRUE(IsDisconnected(other.receiver.Receive(message_, Soon())));
}

// Nor are there two if two threads receive it at once.
TEST_F(MachSenderTest, ASenderThatArrivesInTwoThreadsIsOne) {
  for (int round = 0; round < 50; ++round) {
    const mach_port_name_t port = NewRawPort();
    ASSERT_EQ(
        mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1),
        KERN_SUCCESS);
    const ReceiveRight receive(port);
    std::shared_ptr<MachSenderLane> first;
    std::atomic<bool> go = false;
    std::thread thread([&] {
      while (!go) continue;
      first = MachSenderLane::For(SendRight(port));
    });
    go = true;
    const std::shared_ptr<MachSenderLane> second =
        MachSenderLane::For(SendRight(port));
    thread.join();
    EXPECT_EQ(first, second);
    EXPECT_EQ(SendRefs(port), 1u);
  }
}

// Everything lent to a send, with what there is of each in the kernel.
class Lent {
 public:
  void Make() {
    ASSERT_OK_AND_ASSIGN(ends_, CreateMachChannel());
    ASSERT_OK_AND_ASSIGN(moved_, CreateMachChannel());
    ASSERT_OK(moved_.sender.Send(BytesOf("queued"), absl::InfinitePast()));
    ASSERT_OK_AND_ASSIGN(immutable_, SharedMemory::CopyOf(Pattern(5000)));
    ASSERT_OK_AND_ASSIGN(mutable_memory_, MutableMemory::Create(5000));
    ASSERT_OK_AND_ASSIGN(read_only_, CreateReadOnlyMemory(5000));
    file_ = UniqueFd(::dup(STDERR_FILENO));
    ASSERT_TRUE(file_.valid());
    // Before it is lent, so that it is watched when it comes back.
    ASSERT_OK(moved_.receiver.waitable().status());
  }

  std::vector<HandleRef> Refs() {
    return {ends_.sender,    moved_.receiver,   immutable_,
            mutable_memory_, read_only_.memory, file_};
  }

  std::vector<RightsTo> Rights() const {
    std::vector<RightsTo> rights;
    for (const mach_port_name_t name :
         {PortOf(ends_.sender), PortOf(moved_.receiver),
          EntryOf(immutable_.region()), EntryOf(mutable_memory_.region()),
          EntryOf(read_only_.memory.region())}) {
      EXPECT_NE(name, MACH_PORT_NULL);
      rights.push_back(RightsToPort(name));
    }
    return rights;
  }

  void ExpectUsable() {
    EXPECT_TRUE(file_.valid());
    EXPECT_EQ(read_only_.memory.size(), 5000u);
    Message message;
    pollfd entry = {.fd = moved_.receiver.waitable()->get(),
                    .events = POLLIN,
                    .revents = 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 1);
    ASSERT_OK(moved_.receiver.Receive(message, Soon()));
    EXPECT_TRUE(std::ranges::equal(message.payload(), BytesOf("queued")));
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    moved_.sender = Sender();
    EXPECT_EQ(::poll(&entry, 1, 0), 1);
    EXPECT_TRUE(IsDisconnected(moved_.receiver.Receive(message, Soon())));
  }

 private:
  template <class Region>
  static mach_port_name_t EntryOf(const Region& region) {
    const auto* entry = dynamic_cast<const HasEntry*>(region.get());
    return entry == nullptr ? MACH_PORT_NULL : entry->entry().name();
  }

  ChannelPair ends_;
  ChannelPair moved_;
  SharedMemory immutable_;
  MutableMemory mutable_memory_;
  WriterAndMemory read_only_;
  UniqueFd file_;
};

TEST_F(MachSenderTest, ASendThatFindsNoRoomGivesEverythingBack) {
  ASSERT_OK(channel_.sender.Send({}, absl::InfinitePast()));
  Lent lent;
  ASSERT_NO_FATAL_FAILURE(lent.Make());
  const std::vector<RightsTo> before = lent.Rights();
  const RightsTo of_channel = RightsToPort(PortOf(channel_.sender));
  const std::size_t mapped = ipc_channel_testing::CountMappedObjects();
  const std::vector<std::byte> large = Pattern(kLarge);
  for (const std::size_t skipped :
       {kLarge - 10, std::size_t{0}, std::size_t{1}}) {
    const auto payload = std::span(large).subspan(skipped);
    EXPECT_TRUE(IsFull(
        channel_.sender.Send(payload, lent.Refs(), absl::InfinitePast())));
    EXPECT_THAT(channel_.sender.Send(payload, lent.Refs(),
                                     absl::Now() + absl::Milliseconds(30)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_TRUE(lent.Rights() == before);
  EXPECT_TRUE(RightsToPort(PortOf(channel_.sender)) == of_channel);
  EXPECT_EQ(ipc_channel_testing::CountMappedObjects(), mapped);
  lent.ExpectUsable();
}

TEST_F(MachSenderTest, ASendThatTheKernelRefusesGivesEverythingBack) {
  Lent lent;
  ASSERT_NO_FATAL_FAILURE(lent.Make());
  const std::vector<RightsTo> before = lent.Rights();
  const ReservedMemory payload(kLarge);
  EXPECT_THAT(
      channel_.sender.Send(payload.bytes(), lent.Refs(), absl::InfinitePast()),
      StatusIs(absl::StatusCode::kInternal));
  EXPECT_TRUE(lent.Rights() == before);
  lent.ExpectUsable();
}

TEST_F(MachSenderTest, AReceiverThatTheKernelDestroyedWithAMessageHasEnded) {
  ASSERT_OK_AND_ASSIGN(ChannelPair lost, CreateMachChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair destroyed, CreateMachChannel());
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, lost.receiver.waitable());
  const mach_port_name_t port = PortOf(destroyed.receiver);
  ASSERT_EQ(
      mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1),
      KERN_SUCCESS);
  EXPECT_THAT(
      channel_.sender.Send({}, {lost.receiver, destroyed.receiver}, Soon()),
      StatusIs(absl::StatusCode::kInternal));
  pollfd entry = {.fd = waitable.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 1);
  EXPECT_TRUE(IsDisconnected(lost.receiver.Receive(message_, Soon())));
  EXPECT_TRUE(IsDisconnected(lost.sender.Send({}, Soon())));
  EXPECT_TRUE(IsDisconnected(destroyed.receiver.Receive(message_, Soon())));
  ASSERT_OK(channel_.sender.Send({}, Soon()));
  EXPECT_OK(channel_.receiver.Receive(message_, Soon()));
}

TEST_F(MachSenderTest, APayloadOverTheSizeFieldIsOutOfRange) {
  const std::size_t limit = std::size_t{1} << 40;
  ASSERT_OK_AND_ASSIGN(ChannelPair large,
                       CreateMachChannel({.max_message_bytes = limit}));
  const ReservedMemory payload(std::size_t{1} << 32);
  for (const std::size_t head : {0, 1}) {
    UniqueFd file(::dup(STDERR_FILENO));
    const HandleRef handles[] = {file};
    EXPECT_THAT(
        large.sender.Send(Payload(payload.bytes().first(head), payload.bytes()),
                          handles, absl::InfinitePast()),
        StatusIs(absl::StatusCode::kOutOfRange));
    EXPECT_TRUE(file.valid());
  }
}

TEST_F(MachSenderTest, WhatCameBackCanBeSentAgain) {
  ASSERT_OK(channel_.sender.Send({}, absl::InfinitePast()));
  Lent lent;
  ASSERT_NO_FATAL_FAILURE(lent.Make());
  EXPECT_TRUE(
      IsFull(channel_.sender.Send({}, lent.Refs(), absl::InfinitePast())));
  ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  ASSERT_OK(channel_.sender.Send({}, lent.Refs(), absl::InfinitePast()));
  ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  ASSERT_EQ(message_.handles().size(), 6u);
  Message inner;
  ASSERT_OK(std::get<Receiver>(message_.handles()[1]).Receive(inner, Soon()));
  EXPECT_TRUE(std::ranges::equal(inner.payload(), BytesOf("queued")));
}

TEST_F(MachSenderTest, LargePayloadsArriveWhereverTheyLie) {
  const std::vector<std::byte> bytes = Pattern(kLarge);
  for (const std::size_t skipped : {0, 1, 8, 15}) {
    const auto whole = std::span(bytes).subspan(skipped);
    ASSERT_OK(channel_.sender.Send(whole, Soon()));
    ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
    EXPECT_TRUE(std::ranges::equal(message_.payload(), whole));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message_.payload().data()) % 16,
              0u);
    const Payload parts(whole.first(7), whole.subspan(7));
    ASSERT_OK(channel_.sender.Send(parts, {}, Soon()));
    ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
    EXPECT_TRUE(std::ranges::equal(message_.payload(), whole));
  }
}

void Ignore(int) {}

// Handles a signal and does not restart what it interrupted.
class InterruptingSignal {
 public:
  InterruptingSignal() {
    struct sigaction action = {};
    action.sa_handler = &Ignore;
    ::sigaction(SIGUSR1, &action, &before_);
  }
  ~InterruptingSignal() { ::sigaction(SIGUSR1, &before_, nullptr); }
  static void SendTo(std::thread& thread) {
    for (int i = 0; i < 20; ++i) {
      ::pthread_kill(thread.native_handle(), SIGUSR1);
      std::this_thread::yield();
    }
  }

 private:
  struct sigaction before_ = {};
};

TEST_F(MachSenderTest, SignalsDoNotEndAWaitForRoom) {
  const InterruptingSignal signal;
  ASSERT_OK(channel_.sender.Send({}, absl::InfinitePast()));
  absl::Status sent = absl::UnknownError("");
  std::thread thread(
      [&] { sent = channel_.sender.Send(BytesOf("waited"), Soon()); });
  InterruptingSignal::SendTo(thread);
  ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  InterruptingSignal::SendTo(thread);
  ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  EXPECT_TRUE(std::ranges::equal(message_.payload(), BytesOf("waited")));
  thread.join();
  EXPECT_OK(sent);
}

TEST_F(MachSenderTest, SignalsDoNotEndAWaitForAMessage) {
  const InterruptingSignal signal;
  absl::Status received = absl::UnknownError("");
  std::thread thread(
      [&] { received = channel_.receiver.Receive(message_, Soon()); });
  InterruptingSignal::SendTo(thread);
  ASSERT_OK(channel_.sender.Send(BytesOf("late"), Soon()));
  thread.join();
  EXPECT_OK(received);
  EXPECT_TRUE(std::ranges::equal(message_.payload(), BytesOf("late")));
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
