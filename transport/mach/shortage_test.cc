// The kernel is short of something at every call, one after another, that a
// channel makes: a Status, nothing is left, and it works when it is repeated.

#include "ipc_channel/testing/mach_emulation/shortage.h"

#include <mach/mach.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/port_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/memory_entry.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/mach/reserved_memory.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::PortLeakCheck;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::mach_emulation::Short;
using ::ipc_channel_testing::mach_emulation::Shortage;

constexpr std::size_t kLarge = kMaxInlineBytes * 2;
constexpr std::size_t kMemory = 5000;

bool IsShort(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted &&
         !IsFull(status);
}

// One of every kind of handle, and a receiver with something in its queue.
struct Cargo {
  ChannelPair ends;
  ChannelPair moved;
  SharedMemory immutable;
  MutableMemory mutable_memory;
  WriterAndMemory read_only;
  UniqueFd file;

  static Cargo Make() {
    Cargo cargo = {
        .ends = CreateMachChannel().value(),
        .moved = CreateMachChannel().value(),
        .immutable =
            SharedMemory::CopyOf(std::vector<std::byte>(kMemory)).value(),
        .mutable_memory = MutableMemory::Create(kMemory).value(),
        .read_only = CreateReadOnlyMemory(kMemory).value(),
        .file = UniqueFd(::dup(STDERR_FILENO))};
    EXPECT_OK(SendText(cargo.moved.sender, "queued"));
    return cargo;
  }

  std::vector<HandleRef> Refs() {
    return {moved.receiver, ends.sender,      immutable,
            mutable_memory, read_only.memory, file};
  }
};

// Runs `round` with each call that it makes refused in turn, until there is
// none left; it returns what came of it. Nothing may be left.
void RefuseEachCall(absl::FunctionRef<absl::Status(Shortage&)> round) {
  for (const Short what : {Short::kOfNames, Short::kOfMemory}) {
    int refusals = 0;
    bool has_struck = true;
    for (int call = 0; has_struck; ++call) {
      SCOPED_TRACE(call);
      const FdLeakCheck descriptors;
      const PortLeakCheck ports;
      const std::size_t mapped = CountMappedObjects();
      {
        Shortage shortage(what, call);
        const absl::Status status = round(shortage);
        EXPECT_TRUE(status.ok() || IsShort(status)) << status;
        if (!status.ok()) ++refusals;
        has_struck = shortage.has_struck();
        EXPECT_TRUE(has_struck || status.ok());
      }
      EXPECT_TRUE(descriptors.NoLeak());
      EXPECT_TRUE(ports.NoLeak());
      EXPECT_EQ(CountMappedObjects(), mapped);
      ASSERT_LT(call, 1000);
    }
    EXPECT_GT(refusals, 0);
  }
}

TEST(ShortageTest, CreatingSaysSo) {
  RefuseEachCall([](Shortage&) { return CreateMachChannel().status(); });
}

TEST(ShortageTest, MakingMemorySaysSo) {
  const std::vector<std::byte> bytes(kMemory);
  RefuseEachCall(
      [&](Shortage&) { return SharedMemory::CopyOf(bytes).status(); });
  RefuseEachCall(
      [](Shortage&) { return MutableMemory::Create(kMemory).status(); });
  RefuseEachCall(
      [](Shortage&) { return CreateReadOnlyMemory(kMemory).status(); });
}

TEST(ShortageTest, WaitablesSaySo) {
  RefuseEachCall([](Shortage& shortage) {
    absl::StatusOr<ChannelPair> pair = CreateMachChannel();
    if (!pair.ok()) return pair.status();
    absl::Status receiving = pair->receiver.waitable().status();
    const absl::Status sending = pair->sender.waitable().status();
    // Both work though what there is to wait for could not be had.
    if (shortage.has_struck()) {
      EXPECT_OK(SendText(pair->sender, "goes on"));
      EXPECT_THAT(ReceiveText(pair->receiver), IsOkAndHolds("goes on"));
    }
    return receiving.ok() ? sending : receiving;
  });
}

// Each part of a conversation, with all that it needs made beforehand.
class CargoTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  // Refuses each call that `step` makes in a conversation of its own.
  template <class Step>
  void RefuseEachCallOf(Step step) {
    for (const Short what : {Short::kOfNames, Short::kOfMemory}) {
      int refusals = 0;
      bool has_struck = true;
      for (int call = 0; has_struck; ++call) {
        SCOPED_TRACE(call);
        const FdLeakCheck descriptors;
        const PortLeakCheck ports;
        const std::size_t mapped = CountMappedObjects();
        {
          ChannelPair channel = CreateMachChannel().value();
          Cargo cargo = Cargo::Make();
          const absl::Status status =
              step(channel, cargo, what, call, has_struck);
          EXPECT_TRUE(status.ok() || IsShort(status)) << status;
          if (!status.ok()) ++refusals;
        }
        EXPECT_TRUE(descriptors.NoLeak());
        EXPECT_TRUE(ports.NoLeak());
        EXPECT_EQ(CountMappedObjects(), mapped);
        ASSERT_LT(call, 1000);
      }
      EXPECT_GT(refusals, 0);
    }
  }

  // An odd one does not lie where the receiver could read it in place.
  std::span<const std::byte> payload() const {
    return std::span(bytes_).subspan(GetParam() % 2);
  }

 private:
  const std::vector<std::byte> bytes_ =
      std::vector<std::byte>(GetParam() + GetParam() % 2);
};

void ExpectWhole(ChannelPair& channel, std::size_t payload) {
  Message message;
  ASSERT_OK(channel.receiver.Receive(message, Soon()));
  EXPECT_EQ(message.payload().size(), payload);
  ASSERT_EQ(message.handles().size(), 6u);
  EXPECT_THAT(ReceiveText(std::get<Receiver>(message.handles()[0])),
              IsOkAndHolds("queued"));
}

TEST_P(CargoTest, ASendThatIsRefusedHasTakenNothing) {
  RefuseEachCallOf([this](ChannelPair& channel, Cargo& cargo, Short what,
                          int call, bool& has_struck) {
    absl::Status status;
    {
      const Shortage shortage(what, call);
      status =
          channel.sender.Send(payload(), cargo.Refs(), absl::InfinitePast());
      has_struck = shortage.has_struck();
    }
    if (!status.ok()) {
      EXPECT_OK(
          channel.sender.Send(payload(), cargo.Refs(), absl::InfinitePast()));
    }
    ExpectWhole(channel, payload().size());
    return status;
  });
}

TEST_P(CargoTest, AReceiveThatIsShortLosesThatMessageAlone) {
  RefuseEachCallOf([this](ChannelPair& channel, Cargo& cargo, Short what,
                          int call, bool& has_struck) {
    EXPECT_OK(channel.sender.Send(payload(), cargo.Refs(), Soon()));
    EXPECT_OK(SendText(channel.sender, "the next one"));
    Message message;
    absl::Status status;
    {
      const Shortage shortage(what, call);
      status = channel.receiver.Receive(message, Soon());
      has_struck = shortage.has_struck();
    }
    EXPECT_EQ(message.handles().size(), status.ok() ? 6u : 0u);
    EXPECT_EQ(message.payload().size(), status.ok() ? payload().size() : 0);
    EXPECT_THAT(ReceiveText(channel.receiver), IsOkAndHolds("the next one"));
    // Its sender is told that the receiver in it is gone.
    if (!status.ok()) {
      EXPECT_TRUE(IsDisconnected(SendText(cargo.moved.sender, "nobody")));
    }
    return status;
  });
}

// Whether it can be written is found out by trying.
TEST(ShortageTest, WritableMemoryIsNeverTakenForReadOnlyMemory) {
  ASSERT_OK_AND_ASSIGN(ChannelPair channel, CreateMachChannel());
  ASSERT_OK_AND_ASSIGN(const SendRight entry, NewMemoryEntry(kMemory));
  Message message;
  bool has_struck = true;
  for (int call = 0; has_struck; ++call) {
    RawMessage attack;
    attack.AddHandle(HandleKind::kReadOnlyMemory, entry.name(),
                     MACH_MSG_TYPE_COPY_SEND, kMemory);
    ASSERT_EQ(attack.SendTo(PortOf(channel.sender)), MACH_MSG_SUCCESS);
    const Shortage shortage(Short::kOfMemory, call);
    const absl::Status status = channel.receiver.Receive(message, Soon());
    EXPECT_TRUE(absl::IsDataLoss(status) || IsShort(status)) << status;
    has_struck = shortage.has_struck();
  }
}

TEST(ShortageTest, APayloadOverTheSizeFieldIsRefusedBeforeAnyCall) {
  const std::size_t limit = std::size_t{1} << 40;
  ASSERT_OK_AND_ASSIGN(ChannelPair large,
                       CreateMachChannel({.max_message_bytes = limit}));
  const ReservedMemory payload(std::size_t{1} << 32);
  UniqueFd file(::dup(STDERR_FILENO));
  const HandleRef handles[] = {file};
  absl::Status sent;
  bool has_called = false;
  {
    const Shortage at_the_first_call(Short::kOfNames, 0);
    sent = large.sender.Send(payload.bytes(), handles, absl::InfinitePast());
    has_called = at_the_first_call.has_struck();
  }
  EXPECT_THAT(sent, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_FALSE(has_called);
}

INSTANTIATE_TEST_SUITE_P(Payloads, CargoTest,
                         ::testing::Values(10, kLarge, kLarge + 1),
                         [](const auto& info) {
                           return std::to_string(info.param) + "Bytes";
                         });

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
