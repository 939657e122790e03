// How a spawned child gets its ends where they are port rights: who asks, what
// is asked and what is answered by hand, rows of docs/threat_model.md. (A port
// that were left at the end would be a panic of the emulated kernel.)

#include <mach/mach.h>
#include <mach/notify.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <random>
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
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/internal/ask_for_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/bootstrap/internal/spawn_request.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/port_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"

extern char** environ;

namespace ipc_channel {
namespace {

using internal::AskForEnds;
using internal::EndsMessage;
using internal::kEndsId;
using internal::kInheritedPort;
using internal::kInheritedSpecialPort;
using internal::kInheritedVariable;
using internal::kTakeEndsId;
using internal::RawInheritedEnds;
using internal::SpawnContents;
using internal::TakeEndsMessage;
using ::ipc_channel_testing::ChildCommandLine;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::ExpectNoPortLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using transport::mach_backend::NewRawPort;
using transport::mach_backend::RawMessage;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::RightsToPort;
using transport::mach_backend::SendRight;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kDeadline = absl::StatusCode::kDeadlineExceeded;
constexpr int kKills = 40;
constexpr SpawnContents kContents = {.to_child = 1, .to_parent = 2};

// A reference more to the port that a child asks at; MACH_PORT_NULL if there
// is none.
SendRight SpecialPort() {
  mach_port_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      task_get_special_port(mach_task_self(), kInheritedSpecialPort, &port),
      KERN_SUCCESS);
  return SendRight(port);
}

void SetSpecialPort(mach_port_t port) {
  EXPECT_EQ(
      task_set_special_port(mach_task_self(), kInheritedSpecialPort, port),
      KERN_SUCCESS);
}

ReceiveRight NewReceiveRight() {
  mach_port_name_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  return ReceiveRight(port);
}

// The ends of one to whom nobody speaks, and nobody listens.
template <class Receiver, class Sender>
bool AreDead(Receiver& receiver, Sender& sender) {
  return IsDisconnected(receiver.RecvUntil(Soon()).status()) &&
         IsDisconnected(sender.Send(1));
}

bool AreDead(RawInheritedEnds& ends) {
  transport::Message message;
  return IsDisconnected(ends.receiver.Receive(message, Soon())) &&
         IsDisconnected(ends.sender.Send({}, {}, Soon()));
}

// The exit code of a process that runs this entry point of the test, and is
// given `port` as a spawned child is; -1 without one.
int RunWith(mach_port_t port, const std::string& name) {
  std::vector<std::string> line = ChildCommandLine(name);
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  internal::SpawnRequest request;
  request.Inherit(STDERR_FILENO);
  request.GivePort(port);
  const absl::StatusOr<std::int64_t> pid =
      request.Start({.path = arguments[0],
                     .search_path = false,
                     .arguments = arguments.data(),
                     .environment = environ});
  int status = -1;
  if (!pid.ok() || waitpid(static_cast<pid_t>(*pid), &status, 0) != *pid) {
    return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Takes the ends as it should.
int SayOne() {
  auto parent = InheritedChannel<int, int>();
  return parent.ok() && parent->sender.Send(1).ok() ? 0 : 20;
}

IPC_CHANNEL_CHILD_MAIN(Echo) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  for (auto& number : parent->receiver) {
    if (!number.ok() || !parent->sender.Send(*number).ok()) return 3;
  }
  return 0;
}

// Asks, and is told that nobody is there.
IPC_CHANNEL_CHILD_MAIN(ExpectNobody) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  return AreDead(parent->receiver, parent->sender) ? 0 : 3;
}

// Lends what it asks by to a process of its own, before it asks itself.
IPC_CHANNEL_CHILD_MAIN(LendTheRight) {
  const SendRight port = SpecialPort();
  if (!port.valid()) return 2;
  if (RunWith(port.name(), "ExpectNobody") != 0) return 3;
  return SayOne();
}

IPC_CHANNEL_CHILD_MAIN(ExpectNonsense) {
  return InheritedChannel<int, int>().status().code() == kInvalid ? 0 : 2;
}

// Becomes another program before it has asked.
IPC_CHANNEL_CHILD_MAIN(ExecuteAnother) {
  std::vector<std::string> line = ChildCommandLine("ExpectNonsense");
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  return 3;
}

// What is sent in place of a question. Its size is a multiple of 4.
struct Question {
  mach_msg_id_t id = kTakeEndsId;
  mach_msg_bits_t more_bits = 0;
  mach_msg_type_name_t reply = MACH_MSG_TYPE_MAKE_SEND_ONCE;
  std::size_t size = sizeof(TakeEndsMessage);
};

// Waits until there is room.
bool Send(mach_msg_header_t& header) {
  return mach_msg(&header, MACH_SEND_MSG, header.msgh_size, 0, MACH_PORT_NULL,
                  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) == MACH_MSG_SUCCESS;
}

bool Ask(const SendRight& port, const ReceiveRight& reply,
         const Question& question) {
  std::vector<std::uint32_t> words(question.size / sizeof(std::uint32_t));
  auto* const header = reinterpret_cast<mach_msg_header_t*>(words.data());
  header->msgh_bits = question.more_bits |
                      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, question.reply);
  header->msgh_size = static_cast<mach_msg_size_t>(question.size);
  header->msgh_remote_port = port.name();
  header->msgh_local_port = question.reply == 0 ? MACH_PORT_NULL : reply.name();
  header->msgh_id = question.id;
  return Send(*header);
}

// The id of the next message there, which is taken; -1 if there is none.
mach_msg_id_t TakeId(const ReceiveRight& port) {
  struct {
    mach_msg_header_t header;
    mach_msg_max_trailer_t trailer;
  } message = {};
  return mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                  sizeof(message), port.name(), 0,
                  MACH_PORT_NULL) == MACH_MSG_SUCCESS
             ? message.header.msgh_id
             : -1;
}

// Asks in any way but the right one, and then in that.
IPC_CHANNEL_CHILD_MAIN(AskBadly) {
  const SendRight port = SpecialPort();
  const ReceiveRight reply = NewReceiveRight();
  for (const Question& bad : std::vector<Question>{
           {.id = kTakeEndsId + 1},
           {.id = kEndsId},
           {.id = MACH_NOTIFY_NO_SENDERS},
           {.id = MACH_NOTIFY_SEND_ONCE},
           {.id = MACH_NOTIFY_NO_SENDERS,
           .size = sizeof(mach_no_senders_notification_t)},
           {.more_bits = MACH_MSGH_BITS_COMPLEX,
           .size = sizeof(TakeEndsMessage) + sizeof(mach_msg_body_t)},
           {.reply = 0},
           {.reply = MACH_MSG_TYPE_MAKE_SEND},
           {.size = sizeof(TakeEndsMessage) + 4},
           {.size = 1000},
           {.size = 30'000}}) {
    if (!Ask(port, reply, bad)) return 2;
  }
  for (int i = 0; i < 200; ++i) {
    if (!Ask(port, reply, {.id = i})) return 3;
  }
  // With rights: one to the reply, and the receive right of another port.
  const mach_port_name_t other = NewRawPort();
  const SendRight to_other(other);
  RawMessage message;
  message.id = kTakeEndsId;
  message.AddPort(reply.name(), MACH_MSG_TYPE_MAKE_SEND)
      .AddPort(other, MACH_MSG_TYPE_MOVE_RECEIVE);
  std::vector<std::byte> bytes = message.Bytes(port.name());
  if (!Send(reinterpret_cast<mach_msg_header_t&>(*bytes.data()))) return 6;
  const int said = SayOne();
  if (said != 0) return said;
  // All that was asked before has been dropped.
  while (TakeId(reply) == MACH_NOTIFY_SEND_ONCE) {
  }
  const auto rights = RightsToPort(reply.name());
  if (rights.send_once_rights != 0) return 4;
  if (rights.has_senders) return 7;
  return RightsToPort(other).references[MACH_PORT_RIGHT_DEAD_NAME] == 1 ? 0 : 5;
}

// Says by its output that it runs, with all that Mach needs, and never asks.
IPC_CHANNEL_CHILD_MAIN(NeverAsk) {
  if (!SpecialPort().valid() || write(STDOUT_FILENO, "x", 1) != 1) return 2;
  while (true) pause();
}

// Asks when its input says so.
IPC_CHANNEL_CHILD_MAIN(AskLate) {
  char byte = 0;
  if (read(STDIN_FILENO, &byte, 1) != 1) return 2;
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 3;
  auto number = parent->receiver.RecvUntil(Soon());
  if (!number.ok() || *number != 7) return 4;
  return AreDead(parent->receiver, parent->sender) ? 0 : 5;
}

IPC_CHANNEL_CHILD_MAIN(CallServer) {
  auto server = Connect<int>(args.at(0), Soon());
  if (!server.ok() || !server->Send(5).ok()) return 2;
  return SayOne();
}

// Holds a sender of its grandparent's for as long as it has a parent.
IPC_CHANNEL_CHILD_MAIN(HoldUntilTheEnd) {
  auto parent = InheritedChannel<Sender<int>, int>();
  if (!parent.ok()) return 2;
  auto held = parent->receiver.Recv();
  while (parent->receiver.Recv().ok()) {
  }
  return 0;
}

// Spawns one child after another, until it is killed.
IPC_CHANNEL_CHILD_MAIN(SpawnMany) {
  auto parent = InheritedChannel<Sender<int>, int>();
  if (!parent.ok()) return 2;
  auto witness = parent->receiver.Recv();
  if (!witness.ok()) return 3;
  std::vector<Spawned<Sender<int>, int>> children;
  while (children.size() < 100) {
    auto spawned = Spawn<Sender<int>, int>(ChildMain("HoldUntilTheEnd"));
    if (!spawned.ok() || !spawned->sender.Send(*witness).ok()) return 4;
    children.push_back(*std::move(spawned));
    if (!parent->sender.Send(1).ok()) return 5;
  }
  while (true) pause();
}

// At the end no right, descriptor or process is there that was not before.
class MachSpawnTest : public ::testing::Test {
 protected:
  ~MachSpawnTest() override { EXPECT_TRUE(HasNoChild()); }

 private:
  ExpectNoFdLeak no_descriptors_;
  ExpectNoPortLeak no_rights_;
};

// Of a child that ends well, and has said 1 through its ends.
void ExpectServed(const std::string& name,
                  const std::vector<std::string>& args = {}) {
  auto spawned = Spawn<int, int>(ChildMain(name, args));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_TRUE(AreDead(spawned->receiver, spawned->sender));
}

TEST_F(MachSpawnTest, AGrandchildThatHasTheRightIsRefusedAndTheChildServed) {
  ExpectServed("LendTheRight");
}

TEST_F(MachSpawnTest, BadQuestionsAreDroppedAndTheChildServed) {
  ExpectServed("AskBadly");
}

TEST_F(MachSpawnTest, TheChildReachesLaunchd) {
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  auto spawned = Spawn<int, int>(ChildMain("CallServer", {server.name()}));
  ASSERT_THAT(spawned, IsOk());
  ASSERT_OK_AND_ASSIGN(auto client, server.Accept(Soon()));
  EXPECT_EQ(client.first, 5);
  EXPECT_EQ(client.peer.pid, spawned->child.pid());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
}

TEST_F(MachSpawnTest, AProgramThatTheChildExecutesFindsNothing) {
  auto spawned = Spawn<int, int>(ChildMain("ExecuteAnother"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_TRUE(AreDead(spawned->receiver, spawned->sender));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(MachSpawnTest, OneThatNeverAsksIsServedUntilItIsGivenUp) {
  for (int i = 0; i < 20; ++i) {
    const ExpectNoPortLeak no_rights;
    Command command = ChildMain("NeverAsk");
    command.standard_output = Stdio::Pipe();
    auto spawned = Spawn<int, int>(std::move(command));
    ASSERT_THAT(spawned, IsOk());
    char byte = 0;
    ASSERT_EQ(read(spawned->pipes.output.get(), &byte, 1), 1);
    EXPECT_THAT(spawned->sender.Send(1), IsOk());
    EXPECT_THAT(spawned->receiver.TryRecv(), IsOkAndHolds(std::nullopt));
  }
}

TEST_F(MachSpawnTest, OneThatDiesWithoutAskingIsToldByBothEnds) {
  for (int i = 0; i < 20; ++i) {
    const ExpectNoPortLeak no_rights;
    auto spawned = Spawn<int, int>({.program = "/usr/bin/false"});
    ASSERT_THAT(spawned, IsOk());
    EXPECT_TRUE(AreDead(spawned->receiver, spawned->sender));
    EXPECT_THAT(spawned->child.WaitUntil(Soon()),
                IsOkAndHolds(ExitStatus::Exited(1)));
  }
}

TEST_F(MachSpawnTest, EndsThatTheParentGaveUpBeforeSayIt) {
  Command command = ChildMain("AskLate");
  command.standard_input = Stdio::Pipe();
  auto spawned = Spawn<int, int>(std::move(command));
  ASSERT_THAT(spawned, IsOk());
  ASSERT_THAT(spawned->sender.Send(7), IsOk());
  spawned->sender = {};
  spawned->receiver = {};
  ASSERT_EQ(write(spawned->pipes.input.get(), "x", 1), 1);
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(MachSpawnTest, ASpawnThatFailsLeavesNoRight) {
  EXPECT_THAT((Spawn<int, int>({.program = "/no/such/program"})),
              StatusIs(kInvalid));
}

TEST_F(MachSpawnTest, ThreadsThatSpawnAtOnceGiveEachChildItsOwnEnds) {
  const auto spawn_some = [] {
    for (int i = 0; i < 10; ++i) {
      auto spawned = Spawn<int, int>(ChildMain("Echo"));
      ASSERT_THAT(spawned, IsOk());
      const auto pid = static_cast<int>(spawned->child.pid());
      ASSERT_THAT(spawned->sender.Send(pid), IsOk());
      EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(pid));
      spawned->sender = {};
      EXPECT_THAT(spawned->child.WaitUntil(Soon()),
                  IsOkAndHolds(ExitStatus::Exited(0)));
    }
  };
  std::thread other(spawn_some);
  spawn_some();
  other.join();
}

class MachSpawnKillTest : public MachSpawnTest {
 protected:
  MachSpawnKillTest() {
    const std::uint64_t seed = std::random_device()();
    RecordProperty("seed", std::to_string(seed));
    random_.seed(seed);
  }

  // While a child starts, asks, and has its ends.
  void WaitAMoment() {
    std::uniform_int_distribution<std::int64_t> moments(0, 20'000);
    absl::SleepFor(absl::Microseconds(moments(random_)));
  }

 private:
  std::mt19937_64 random_;
};

TEST_F(MachSpawnKillTest, AChildThatIsKilledAtAnyMomentIsMissed) {
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const ExpectNoPortLeak no_rights;
    auto spawned = Spawn<int, int>(ChildMain("Echo"));
    ASSERT_THAT(spawned, IsOk());
    ASSERT_THAT(spawned->sender.Send(i), IsOk());
    if (i % 4 == 0) {
      ASSERT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(i));
    }
    WaitAMoment();
    ASSERT_THAT(spawned->child.Kill(SIGKILL), IsOk());
    EXPECT_THAT(spawned->child.WaitUntil(Soon()),
                IsOkAndHolds(ExitStatus::Killed(SIGKILL)));
    auto answer = spawned->receiver.RecvUntil(Soon());
    if (answer.ok()) answer = spawned->receiver.RecvUntil(Soon());
    EXPECT_TRUE(IsDisconnected(answer.status())) << answer.status();
    absl::Status sent;
    while (sent.ok()) sent = spawned->sender.SendUntil(1, Soon());
    EXPECT_TRUE(IsDisconnected(sent)) << sent;
  }
}

TEST_F(MachSpawnKillTest, TheChildrenOfAParentKilledAtAnyMomentLearnOfIt) {
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const ExpectNoPortLeak no_rights;
    ASSERT_OK_AND_ASSIGN(auto witness, Channel<int>());
    {
      auto spawned = Spawn<Sender<int>, int>(ChildMain("SpawnMany"));
      ASSERT_THAT(spawned, IsOk());
      ASSERT_THAT(spawned->sender.Send(std::move(witness.sender)), IsOk());
      for (int before = 0; before < i % 4; ++before) {
        ASSERT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
      }
      WaitAMoment();
    }
    // Nobody holds the sender any more: all have ended.
    EXPECT_TRUE(IsDisconnected(witness.receiver.RecvUntil(Soon()).status()));
  }
}

void Fill(const SendRight& port) {
  while (RawMessage().SendTo(port.name()) == MACH_MSG_SUCCESS) {
  }
  // The one that found no room has come back with a reference of its own.
  mach_port_deallocate(mach_task_self(), port.name());
}

// This process in the place of a child, whose parent this test plays.
class MachAnswerTest : public MachSpawnTest {
 protected:
  using Answer = std::function<void(mach_port_name_t reply)>;

  // What comes of asking one who answers so, through a send-once right that is
  // his.
  static absl::StatusOr<RawInheritedEnds> AskWhoAnswers(const Answer& answer) {
    const mach_port_name_t port = NewRawPort();
    const ReceiveRight receiving(port);
    const SendRight asking(port);
    std::thread parent([port, &answer] {
      struct {
        TakeEndsMessage message;
        mach_msg_max_trailer_t trailer;
      } question = {};
      mach_msg_header_t& header = question.message.header;
      ASSERT_EQ(mach_msg(&header, MACH_RCV_MSG, 0, sizeof(question), port,
                         MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
                MACH_MSG_SUCCESS);
      EXPECT_EQ(header.msgh_id, kTakeEndsId);
      answer(header.msgh_remote_port);
    });
    absl::StatusOr<RawInheritedEnds> ends =
        AskForEnds(asking, kContents, Soon());
    parent.join();
    return ends;
  }

  // Both channels by hand: an end of each is kept here.
  class Channels {
   public:
    EndsMessage Ends() const {
      EndsMessage message = {};
      message.header.msgh_bits =
          MACH_MSGH_BITS_COMPLEX |
          MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
      message.header.msgh_size = sizeof(message);
      message.header.msgh_id = kEndsId;
      message.body.msgh_descriptor_count = 2;
      message.receiving.name = to_child_.name();
      message.receiving.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
      message.receiving.type = MACH_MSG_PORT_DESCRIPTOR;
      message.sending.name = to_parent_.name();
      message.sending.disposition = MACH_MSG_TYPE_MAKE_SEND;
      message.sending.type = MACH_MSG_PORT_DESCRIPTOR;
      message.to_child = kContents.to_child;
      message.to_parent = kContents.to_parent;
      return message;
    }

    const SendRight& to_child() const { return to_child_; }
    const ReceiveRight& to_parent() const { return to_parent_; }
    ~Channels() {
      // If it has not been given away.
      mach_port_mod_refs(mach_task_self(), to_child_.name(),
                         MACH_PORT_RIGHT_RECEIVE, -1);
    }

   private:
    const SendRight to_child_{NewRawPort()};
    const ReceiveRight to_parent_ = NewReceiveRight();
  };

  // Sends it, with `size` bytes.
  static void SendAnswer(mach_port_name_t reply, const EndsMessage& ends,
                         std::size_t size = sizeof(EndsMessage)) {
    std::array<std::byte, 2048> bytes = {};
    auto* const message = new (bytes.data()) EndsMessage(ends);
    message->header.msgh_remote_port = reply;
    message->header.msgh_size = static_cast<mach_msg_size_t>(size);
    EXPECT_TRUE(Send(message->header));
  }
};

TEST_F(MachAnswerTest, ATrueOneIsBelieved) {
  const Channels channels;
  auto ends = AskWhoAnswers(
      [&](mach_port_name_t reply) { SendAnswer(reply, channels.Ends()); });
  ASSERT_THAT(ends, IsOk());
  ASSERT_EQ(RawMessage().SendTo(channels.to_child().name()), MACH_MSG_SUCCESS);
  transport::Message message;
  EXPECT_THAT(ends->receiver.Receive(message, Soon()), IsOk());
  EXPECT_THAT(ends->sender.Send({}, {}, Soon()), IsOk());
}

TEST_F(MachAnswerTest, OneThatIsAlmostRightIsRefused) {
  const std::vector<std::function<void(EndsMessage&)>> lies = {
      [](EndsMessage& ends) { ends.header.msgh_id = kTakeEndsId; },
      [](EndsMessage& ends) { ends.header.msgh_id = MACH_NOTIFY_SEND_ONCE; },
      [](EndsMessage& ends) {
        ends.header.msgh_bits &= ~mach_msg_bits_t{MACH_MSGH_BITS_COMPLEX};
      },
      [](EndsMessage& ends) { ends.body.msgh_descriptor_count = 0; },
      [](EndsMessage& ends) { ends.body.msgh_descriptor_count = 1; },
      [](EndsMessage& ends) { ends.receiving.name = MACH_PORT_NULL; },
      [](EndsMessage& ends) {
        ends.receiving.disposition = MACH_MSG_TYPE_COPY_SEND;
      },
      [](EndsMessage& ends) { ends.sending.name = MACH_PORT_NULL; },
      [](EndsMessage& ends) {
        ends.sending.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
      },
      [](EndsMessage& ends) {
        ends.sending.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
      },
      [](EndsMessage& ends) { std::swap(ends.receiving, ends.sending); },
      [](EndsMessage& ends) { ++ends.to_child; },
      [](EndsMessage& ends) { ++ends.to_parent; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    SCOPED_TRACE(i);
    const ExpectNoPortLeak no_rights;
    const Channels channels;
    EndsMessage ends = channels.Ends();
    lies[i](ends);
    EXPECT_THAT(
        AskWhoAnswers([&](mach_port_name_t reply) { SendAnswer(reply, ends); }),
        StatusIs(kInvalid));
  }
}

TEST_F(MachAnswerTest, OneOfAnotherSizeIsRefused) {
  for (const std::size_t size :
       {sizeof(EndsMessage) - 4, sizeof(EndsMessage) + 4, std::size_t{2000}}) {
    SCOPED_TRACE(size);
    const ExpectNoPortLeak no_rights;
    const Channels channels;
    EXPECT_THAT(AskWhoAnswers([&](mach_port_name_t reply) {
                  SendAnswer(reply, channels.Ends(), size);
                }),
                StatusIs(kInvalid));
  }
}

TEST_F(MachAnswerTest, AWayToAnswerIsRefusedAndDropped) {
  const Channels channels;
  EndsMessage ends = channels.Ends();
  ends.header.msgh_bits =
      MACH_MSGH_BITS_COMPLEX |
      MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_MSG_TYPE_MAKE_SEND);
  const ReceiveRight way = NewReceiveRight();
  ends.header.msgh_local_port = way.name();
  EXPECT_THAT(
      AskWhoAnswers([&](mach_port_name_t reply) { SendAnswer(reply, ends); }),
      StatusIs(kInvalid));
  EXPECT_FALSE(RightsToPort(way.name()).has_senders);
}

TEST_F(MachAnswerTest, NoneMeansThatNobodyIsThere) {
  auto ends = AskWhoAnswers([](mach_port_name_t reply) {
    mach_port_deallocate(mach_task_self(), reply);
  });
  ASSERT_THAT(ends, IsOk());
  EXPECT_TRUE(AreDead(*ends));
}

// Who has been asked has the kernel answer, with a port that dies.
TEST_F(MachAnswerTest, RightsThatTheKernelBringsAreDropped) {
  const mach_port_name_t dying = NewRawPort();
  const SendRight left(dying);
  auto ends = AskWhoAnswers([dying](mach_port_name_t reply) {
    mach_port_t previous = MACH_PORT_NULL;
    EXPECT_EQ(mach_port_request_notification(
                  mach_task_self(), dying, MACH_NOTIFY_PORT_DESTROYED, 0, reply,
                  MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous),
              KERN_SUCCESS);
    EXPECT_EQ(mach_port_mod_refs(mach_task_self(), dying,
                                 MACH_PORT_RIGHT_RECEIVE, -1),
              KERN_SUCCESS);
  });
  ASSERT_THAT(ends, IsOk());
  EXPECT_TRUE(AreDead(*ends));
  EXPECT_EQ(RightsToPort(dying).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
}

TEST_F(MachAnswerTest, WhoDoesNotAnswerIsNotWaitedForLongerThanTold) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receiving(port);
  const SendRight asking(port);
  EXPECT_THAT(
      AskForEnds(asking, kContents, absl::Now() + absl::Milliseconds(20)),
      StatusIs(kDeadline));
}

TEST_F(MachAnswerTest, WhoDoesNotEvenReadIsNotWaitedForEither) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receiving(port);
  const SendRight asking(port);
  Fill(asking);
  const auto before = RightsToPort(port);
  EXPECT_THAT(
      AskForEnds(asking, kContents, absl::Now() + absl::Milliseconds(20)),
      StatusIs(kDeadline));
  EXPECT_TRUE(RightsToPort(port) == before);
}

TEST_F(MachAnswerTest, SignalsNeitherEndTheWaitingNorBeginItAnew) {
  struct sigaction nothing = {};
  struct sigaction previous = {};
  nothing.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &nothing, &previous), 0);
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receiving(port);
  const SendRight asking(port);
  for (const bool is_full : {false, true}) {
    if (is_full) Fill(asking);
    std::atomic<bool> is_over = false;
    std::thread disturber([&is_over, asks = pthread_self()] {
      while (!is_over) {
        pthread_kill(asks, SIGUSR1);
        absl::SleepFor(absl::Milliseconds(2));
      }
    });
    EXPECT_THAT(
        AskForEnds(asking, kContents, absl::Now() + absl::Milliseconds(60)),
        StatusIs(kDeadline));
    is_over = true;
    disturber.join();
  }
  ASSERT_EQ(sigaction(SIGUSR1, &previous, nullptr), 0);
}

TEST_F(MachAnswerTest, AVariableThatLiesIsTakenAwayAndNothingElse) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receiving(port);
  const SendRight sending(port);
  SetSpecialPort(port);
  for (const std::string lie :
       {"", "1", "1:", "1:port ", "1:Port", "2:port", "1:port:1",
        "1:3:1:0000000000000000:4:2:0000000000000000"}) {
    setenv(kInheritedVariable, lie.c_str(), 1);
    EXPECT_THAT((InheritedChannel<int, int>()), StatusIs(kInvalid)) << lie;
    EXPECT_EQ(getenv(kInheritedVariable), nullptr);
    EXPECT_EQ(SpecialPort().name(), port);
  }
  SetSpecialPort(MACH_PORT_NULL);
}

TEST_F(MachAnswerTest, AVariableWithoutAPortLeadsNowhere) {
  setenv(kInheritedVariable, kInheritedPort, 1);
  EXPECT_THAT((InheritedChannel<int, int>()), StatusIs(kInvalid));
  EXPECT_EQ(getenv(kInheritedVariable), nullptr);
}

TEST_F(MachAnswerTest, APortWhoseReceiverIsGoneIsNobody) {
  {
    const mach_port_name_t port = NewRawPort();
    const ReceiveRight receiving(port);
    const SendRight sending(port);
    SetSpecialPort(port);
  }
  setenv(kInheritedVariable, kInheritedPort, 1);
  auto ends = InheritedChannel<int, int>();
  ASSERT_THAT(ends, IsOk());
  EXPECT_TRUE(AreDead(ends->receiver, ends->sender));
  EXPECT_FALSE(SpecialPort().valid());
}

}  // namespace
}  // namespace ipc_channel
