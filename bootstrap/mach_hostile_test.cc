// What is sent to a server's port by hand: rows of docs/threat_model.md.

#include <mach/mach.h>
#include <mach/notify.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/launchd.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::CountMappedObjects;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using transport::HandleKind;
using transport::mach_backend::BytesOf;
using transport::mach_backend::kConnectionId;
using transport::mach_backend::kMessageId;
using transport::mach_backend::NewRawPort;
using transport::mach_backend::RawMessage;
using transport::mach_backend::RightsTo;
using transport::mach_backend::RightsToPort;
using transport::mach_backend::SendRight;

constexpr std::string_view kScheme = "mach:";

SendRight PortNamed(const std::string& name) {
  absl::StatusOr<SendRight> port =
      internal::LookUpService(name.substr(kScheme.size()));
  EXPECT_THAT(port, IsOk());
  return port.ok() ? *std::move(port) : SendRight();
}

// Moves the receive right of `port`, as a client does.
RawMessage Connecting(mach_port_name_t port) {
  RawMessage message{.id = kConnectionId};
  message.AddHandle(HandleKind::kReceiver, port, MACH_MSG_TYPE_MOVE_RECEIVE);
  return message;
}

// What the client keeps; the server is in this process, too, and has the
// receive right under the same name.
void DropSend(mach_port_name_t port) {
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
}

// The id of the next message there, which is taken; -1 if there is none.
mach_msg_id_t TakeId(mach_port_name_t port) {
  struct {
    mach_msg_header_t header;
    mach_msg_max_trailer_t trailer;
  } message = {};
  return mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                  sizeof(message), port, 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS
             ? message.header.msgh_id
             : -1;
}

// A listener, and a peer who writes to its port by hand. At the end no right,
// mapping or descriptor may be there that was not there before.
class MachHostileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listener = Listener<int>::Create({.backlog = 1024});
    ASSERT_THAT(listener, IsOk());
    listener_.emplace(*std::move(listener));
    service_ = PortNamed(listener_->name());
    ExpectGood();
    mappings_ = CountMappedObjects();
    descriptors_.emplace();
  }

  void TearDown() override {
    for (const auto& [name, before] : rights_) {
      EXPECT_TRUE(RightsToPort(name) == before) << "of port " << name;
    }
    for (const auto& [name, before] : rights_) DropPort(name);
    EXPECT_EQ(CountMappedObjects(), mappings_);
    EXPECT_TRUE(descriptors_->NoLeak());
  }

  static void DropPort(mach_port_name_t port) {
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
    while (mach_port_deallocate(mach_task_self(), port) == KERN_SUCCESS) {
    }
  }

  // A port of the peer's, whose rights are to be the same at the end.
  mach_port_name_t NewPort() {
    const mach_port_name_t port = NewRawPort();
    rights_[port] = RightsToPort(port);
    return port;
  }

  void Attack(const RawMessage& message) {
    EXPECT_EQ(message.SendTo(service_.name()), MACH_MSG_SUCCESS);
  }

  // The next client is served, and nobody before it.
  void ExpectGood() {
    ASSERT_OK_AND_ASSIGN(auto good, Connect<int>(listener_->name(), Soon()));
    ASSERT_OK(good.Send(7));
    ASSERT_OK_AND_ASSIGN(auto client, listener_->AcceptUntil(Soon()));
    EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(7));
  }

  void ExpectRefused(const RawMessage& message) {
    Attack(message);
    ExpectGood();
  }

  // The receive right that came with it died there.
  void ExpectRefusedWith(const RawMessage& message, mach_port_name_t port) {
    ExpectRefused(message);
    EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
    DropPort(port);
  }

  Listener<int>& listener() { return *listener_; }
  mach_port_name_t service() const { return service_.name(); }

 private:
  std::optional<Listener<int>> listener_;
  SendRight service_;
  std::map<mach_port_name_t, RightsTo> rights_;
  std::size_t mappings_ = 0;
  std::optional<FdLeakCheck> descriptors_;
};

TEST_F(MachHostileTest, TheMessageOfAClientIsWhatThisTestSends) {
  const mach_port_name_t port = NewRawPort();
  Attack(Connecting(port));
  ASSERT_OK_AND_ASSIGN(auto client, listener().AcceptUntil(Soon()));
  EXPECT_THAT(client.receiver.TryRecv(), IsOkAndHolds(std::nullopt));
  DropSend(port);
  EXPECT_TRUE(IsDisconnected(client.receiver.RecvUntil(Soon()).status()));
}

TEST_F(MachHostileTest, MessagesWithoutARightAreRefused) {
  RawMessage bare{.id = kConnectionId};
  bare.content = {};
  RawMessage empty{.id = kConnectionId};
  RawMessage value{.id = kConnectionId};
  value.payload = BytesOf("seven");
  RawMessage of_that_size{.id = kConnectionId};
  of_that_size.payload.resize(Connecting(service()).Bytes(service()).size() -
                              empty.Bytes(service()).size());
  for (const RawMessage& message : {bare, empty, value, of_that_size}) {
    ExpectRefused(message);
  }
}

TEST_F(MachHostileTest, ForgedNotificationsAreRefused) {
  for (const mach_msg_id_t id :
       {MACH_NOTIFY_PORT_DELETED, MACH_NOTIFY_PORT_DESTROYED,
        MACH_NOTIFY_NO_SENDERS, MACH_NOTIFY_SEND_ONCE, MACH_NOTIFY_DEAD_NAME,
        MACH_NOTIFY_SEND_POSSIBLE}) {
    RawMessage message{.id = kConnectionId};
    message.id = id;
    ExpectRefused(message);
    const mach_port_name_t port = NewRawPort();
    RawMessage with_right = Connecting(port);
    with_right.id = id;
    ExpectRefusedWith(with_right, port);
  }
}

TEST_F(MachHostileTest, OtherRightsInPlaceOfAReceiveRightAreRefused) {
  for (const mach_port_name_t name :
       {NewPort(), service(), mach_port_name_t{MACH_PORT_DEAD},
        mach_port_name_t{MACH_PORT_NULL}, mach_port_name_t{mach_task_self()}}) {
    RawMessage message{.id = kConnectionId};
    message.AddHandle(HandleKind::kReceiver, name, MACH_MSG_TYPE_COPY_SEND);
    ExpectRefused(message);
  }
  for (const mach_port_name_t name :
       {mach_port_name_t{MACH_PORT_DEAD}, mach_port_name_t{MACH_PORT_NULL}}) {
    ExpectRefused(Connecting(name));
  }
  const mach_port_name_t mine = NewRawPort();
  RawMessage once{.id = kConnectionId};
  once.AddHandle(HandleKind::kReceiver, mine, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  ExpectRefused(once);
  EXPECT_EQ(TakeId(mine), MACH_NOTIFY_SEND_ONCE);  // it was dropped
  DropPort(mine);
}

TEST_F(MachHostileTest, AReceiveRightThatIsCalledSomethingElseIsRefused) {
  for (const HandleKind kind : {HandleKind::kSender, HandleKind::kDescriptor,
                                HandleKind{0}, HandleKind{77}}) {
    const mach_port_name_t port = NewRawPort();
    RawMessage message{.id = kConnectionId};
    message.AddHandle(kind, port, MACH_MSG_TYPE_MOVE_RECEIVE);
    ExpectRefusedWith(message, port);
  }
}

TEST_F(MachHostileTest, AMessageThatIsAlmostRightIsRefused) {
  const std::vector<std::function<void(RawMessage&)>> kinds_of_wrong = {
      [](RawMessage& message) { message.id = 1; },
      [](RawMessage& message) { message.id = kMessageId; },
      [](RawMessage& message) { message.prelude.magic = 1; },
      [](RawMessage& message) { message.prelude.reserved = 1; },
      [](RawMessage& message) { message.prelude.is_out_of_line = 1; },
      [](RawMessage& message) { message.prelude.handle_count = 2; },
      [](RawMessage& message) { message.prelude.payload_bytes = 1; },
      [](RawMessage& message) { message.records[0].reserved = 1; },
      [](RawMessage& message) { message.records[0].memory_bytes = 1; },
      [](RawMessage& message) { message.payload.resize(4); },
      [](RawMessage& message) { message.payload.resize(1 << 16); },
      [](RawMessage& message) { message.records.clear(); },
      [](RawMessage& message) { message.content = std::vector<std::byte>(); },
  };
  for (std::size_t i = 0; i < kinds_of_wrong.size(); ++i) {
    SCOPED_TRACE(i);
    const mach_port_name_t port = NewRawPort();
    RawMessage message = Connecting(port);
    kinds_of_wrong[i](message);
    ExpectRefusedWith(message, port);
  }
}

// Else whoever forwards what others send, into a sender that came from them,
// would connect for them, and be taken for the client.
TEST_F(MachHostileTest, WhatAChannelSendsConnectsNobody) {
  ASSERT_OK_AND_ASSIGN(auto pair, transport::CreateMachChannel());
  ASSERT_OK_AND_ASSIGN(const auto forward, transport::AdoptMachSender(
                                               PortNamed(listener().name())));
  ASSERT_OK(forward.Send({}, {pair.receiver}, Soon()));
  ExpectGood();
  EXPECT_TRUE(IsDisconnected(pair.sender.Send({}, absl::InfinitePast())));
}

// Nothing but what the kernel marks as a descriptor is one.
TEST_F(MachHostileTest, DescriptorsOfASimpleMessageAreBytes) {
  RawMessage message = Connecting(NewPort());
  message.is_complex = false;
  ExpectRefused(message);
}

TEST_F(MachHostileTest, MoreRightsThanOneAreRefused) {
  const mach_port_name_t first = NewRawPort();
  const mach_port_name_t second = NewRawPort();
  RawMessage two = Connecting(first);
  two.AddHandle(HandleKind::kReceiver, second, MACH_MSG_TYPE_MOVE_RECEIVE);
  ExpectRefusedWith(two, first);
  EXPECT_EQ(RightsToPort(second).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
  DropPort(second);
  // So short that there is room for them.
  RawMessage short_one{.id = kConnectionId};
  const mach_port_name_t mine = NewPort();
  short_one.AddPort(mine, MACH_MSG_TYPE_COPY_SEND)
      .AddPort(mine, MACH_MSG_TYPE_COPY_SEND);
  short_one.content = std::vector<std::byte>(28);
  ExpectRefused(short_one);
}

TEST_F(MachHostileTest, AWayToAnswerIsRefusedAndGivenBack) {
  const mach_port_name_t port = NewRawPort();
  RawMessage message = Connecting(port);
  message.reply = NewPort();
  message.reply_disposition = MACH_MSG_TYPE_MAKE_SEND;
  std::vector<std::byte> bytes = message.Bytes(service());
  auto* header = reinterpret_cast<mach_msg_header_t*>(bytes.data());
  ASSERT_EQ(::mach_msg(header, MACH_SEND_MSG, header->msgh_size, 0,
                       MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  ExpectGood();
  EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
  DropPort(port);
}

TEST_F(MachHostileTest, MemoryIsFreedUnread) {
  const std::vector<std::byte> memory(1 << 24);
  const std::vector<mach_port_name_t> names(100, NewPort());
  RawMessage alone{.id = kConnectionId};  // fits
  alone.AddMemory(memory, memory.size());
  alone.content = std::vector<std::byte>(36);
  RawMessage ports{.id = kConnectionId};
  ports.AddPorts(names, MACH_MSG_TYPE_COPY_SEND);
  ports.content = std::vector<std::byte>(36);
  const mach_port_name_t port = NewRawPort();
  RawMessage beside = Connecting(port);
  beside.AddMemory(memory, memory.size());
  for (const RawMessage& message : {alone, ports}) ExpectRefused(message);
  ExpectRefusedWith(beside, port);
}

TEST_F(MachHostileTest, AGuardIsLostOnTheWay) {
  const mach_port_name_t port = NewRawPort();
  ASSERT_EQ(mach_port_guard(mach_task_self(), port, /*guard=*/17,
                            /*strict=*/FALSE),
            KERN_SUCCESS);
  Attack(Connecting(port));
  ASSERT_OK_AND_ASSIGN(auto client, listener().AcceptUntil(Soon()));
  client.receiver = Receiver<int>();
  EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
  DropPort(port);
  ExpectGood();
}

TEST_F(MachHostileTest, AQueueOfGarbageIsThatClientsError) {
  const mach_port_name_t port = NewRawPort();
  RawMessage garbage;
  garbage.id = MACH_NOTIFY_NO_SENDERS;
  ASSERT_EQ(garbage.SendTo(port), MACH_MSG_SUCCESS);
  garbage.AddHandle(HandleKind::kReceiver, NewPort(), MACH_MSG_TYPE_COPY_SEND);
  ASSERT_EQ(garbage.SendTo(port), MACH_MSG_SUCCESS);
  Attack(Connecting(port));
  ASSERT_OK_AND_ASSIGN(auto client, listener().AcceptUntil(Soon()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(client.receiver.RecvUntil(Soon()),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  ExpectGood();
  DropSend(port);
  EXPECT_TRUE(IsDisconnected(client.receiver.RecvUntil(Soon()).status()));
}

TEST_F(MachHostileTest, AReceiverWithoutASenderIsAClientWhoIsGone) {
  mach_port_name_t port = MACH_PORT_NULL;
  ASSERT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  Attack(Connecting(port));
  ASSERT_OK_AND_ASSIGN(auto client, listener().AcceptUntil(Soon()));
  EXPECT_TRUE(IsDisconnected(client.receiver.RecvUntil(Soon()).status()));
}

TEST_F(MachHostileTest, ATryLooksAtABoundedNumber) {
  RawMessage nonsense{.id = kConnectionId};
  for (int i = 0; i < 100; ++i) Attack(nonsense);
  ASSERT_OK_AND_ASSIGN(const auto good, Connect<int>(listener().name()));
  EXPECT_THAT(listener().TryAccept(),
              IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_EQ(listener().deadline(), absl::InfinitePast());
  EXPECT_THAT(listener().TryAccept(),
              IsOkAndHolds(::testing::Ne(std::nullopt)));
  EXPECT_THAT(listener().TryAccept(),
              IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_EQ(listener().deadline(), absl::InfiniteFuture());
}

// The same cost a one-shot server nothing, and it says what they were.
TEST_F(MachHostileTest, AOneShotServerServesWhoComesBehindIt) {
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  const SendRight to_server = PortNamed(server.name());
  const std::vector<std::byte> memory(1 << 20);
  const mach_port_name_t refused = NewRawPort();
  RawMessage wrong = Connecting(refused);
  wrong.id = MACH_NOTIFY_NO_SENDERS;
  RawMessage bare{.id = kConnectionId};
  RawMessage large{.id = kConnectionId};
  large.AddMemory(memory, memory.size());
  large.payload.resize(4096);
  const mach_port_name_t silent = NewRawPort();
  for (const RawMessage& attack : {wrong, bare, large, Connecting(silent)}) {
    ASSERT_EQ(attack.SendTo(to_server.name()), MACH_MSG_SUCCESS);
  }
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       ::testing::HasSubstr("dropped: 3")));
  RawMessage nonsense;
  nonsense.payload = BytesOf("no int");
  ASSERT_EQ(nonsense.SendTo(silent), MACH_MSG_SUCCESS);
  ASSERT_OK_AND_ASSIGN(auto waiting, Connect<int>(server.name()));
  ASSERT_OK_AND_ASSIGN(auto good, Connect<int>(server.name()));
  ASSERT_OK(good.Send(7));
  ASSERT_OK_AND_ASSIGN(auto accepted, server.Accept(Soon()));
  EXPECT_EQ(accepted.first, 7);
  EXPECT_TRUE(IsDisconnected(waiting.Send(8)));
  for (const mach_port_name_t port : {refused, silent}) {
    EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
    DropPort(port);
  }
}

}  // namespace
}  // namespace ipc_channel
