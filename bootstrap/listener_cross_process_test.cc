// A listener and its clients, good and bad, in processes of their own.

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

struct Hello {
  int id = 0;
  Sender<int> reply;
};

using HelloClient = Listener<Hello>::Client;

absl::Time InALongTime() { return absl::Now() + absl::Minutes(5); }

Listener<Hello> MakeListener(const ListenerOptions& options = {}) {
  absl::StatusOr<Listener<Hello>> listener = Listener<Hello>::Create(options);
  EXPECT_THAT(listener, IsOk());
  return *std::move(listener);
}

struct Caller {
  Sender<Hello> server;
  Receiver<int> answers;
};

absl::StatusOr<Caller> Call(const std::string& name, int id) {
  absl::StatusOr<Sender<Hello>> server = Connect<Hello>(name, InALongTime());
  if (!server.ok()) return server.status();
  absl::StatusOr<ChannelEnds<int>> answers = Channel<int>();
  if (!answers.ok()) return answers.status();
  absl::Status sent = server->Send({id, std::move(answers->sender)});
  if (!sent.ok()) return sent;
  return Caller{*std::move(server), std::move(answers->receiver)};
}

// args: name, id of the first, number. Calls so often that all are connected at
// once; each waits for its id to come back.
IPC_CHANNEL_CHILD_MAIN(Crowd) {
  std::vector<Caller> callers;
  const int first = std::stoi(args.at(1));
  const int count = std::stoi(args.at(2));
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<Caller> caller = Call(args.at(0), first + i);
    if (!caller.ok()) return 2;
    callers.push_back(*std::move(caller));
  }
  for (int i = 0; i < count; ++i) {
    const absl::StatusOr<int> answer =
        callers[i].answers.RecvUntil(InALongTime());
    if (!answer.ok() || *answer != first + i) return 3;
  }
  return 0;
}

TEST(ListenerCrossProcessTest, KnowsWhoConnected) {
  const ExpectNoFdLeak no_leak;
  Listener<Hello> listener = MakeListener();
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("Crowd", {listener.name(), "7", "1"}));
  ASSERT_OK_AND_ASSIGN(HelloClient client, listener.AcceptUntil(Soon()));
  EXPECT_EQ(client.peer.pid, child.pid());
  EXPECT_EQ(client.peer.uid, static_cast<std::int64_t>(::geteuid()));
  EXPECT_EQ(client.peer.gid, static_cast<std::int64_t>(::getegid()));
  ASSERT_OK_AND_ASSIGN(const Hello hello, client.receiver.RecvUntil(Soon()));
  ASSERT_OK(hello.reply.Send(hello.id));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(ListenerCrossProcessTest, HasAPidfdOfWhoConnectedAndOfWhoListens) {
  const ExpectNoFdLeak no_leak;
  Listener<Hello> listener = MakeListener();
  ASSERT_OK_AND_ASSIGN(const Sender<Hello> own,
                       Connect<Hello>(listener.name()));
  ASSERT_THAT(listener.AcceptUntil(Soon()), IsOk());
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("Crowd", {listener.name(), "7", "1"}));
  ASSERT_OK_AND_ASSIGN(HelloClient client, listener.AcceptUntil(Soon()));
  const absl::StatusOr<transport::UniqueFd> pidfd = PeerPidfd(client.receiver);
  if (absl::IsUnimplemented(pidfd.status())) {
    GTEST_SKIP() << pidfd.status();
  }
  ASSERT_THAT(pidfd, IsOk());
  const auto has_ended = [](const transport::UniqueFd& process) {
    pollfd entry = {.fd = process.get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  };
  EXPECT_FALSE(has_ended(*pidfd));
  ASSERT_OK(child.Kill(SIGKILL));
  ASSERT_THAT(child.Wait(Soon()), IsOk());
  EXPECT_TRUE(has_ended(*pidfd)) << "it is that child's";
  ASSERT_OK_AND_ASSIGN(const transport::UniqueFd server, PeerPidfd(own));
  EXPECT_FALSE(has_ended(server));
}

TEST(ListenerCrossProcessTest, APidfdIsOfAnEndOnly) {
  EXPECT_THAT(PeerPidfd(Sender<int>()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(PeerPidfd(Receiver<int>()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// The socket at which clients are accepted is no channel's end.
TEST(ListenerCrossProcessTest, StaysInItsProcessButItsClientsMayLeave) {
  Listener<Hello> listener = MakeListener();
  const std::string name = listener.name();
  ASSERT_OK_AND_ASSIGN(const Caller caller, Call(name, 1));
  ASSERT_OK_AND_ASSIGN(auto doors, Channel<Receiver<HelloClient>>());
  Receiver<HelloClient> door = std::move(listener).ToReceiver();
  EXPECT_THAT(doors.sender.Send(std::move(door)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(HelloClient client, door.RecvUntil(Soon()));
  const PeerIdentity peer = client.peer;
  ASSERT_OK_AND_ASSIGN(auto clients, Channel<HelloClient>());
  ASSERT_OK(clients.sender.Send(std::move(client)));
  ASSERT_OK_AND_ASSIGN(HelloClient moved, clients.receiver.RecvUntil(Soon()));
  EXPECT_EQ(moved.peer, peer);
  ASSERT_OK_AND_ASSIGN(const Hello hello, moved.receiver.RecvUntil(Soon()));
  EXPECT_EQ(hello.id, 1);
}

TEST(ListenerCrossProcessTest, AClientThatLeftThisProcessIsNotCounted) {
  Listener<Hello> listener = MakeListener({.max_clients = 1});
  ASSERT_OK_AND_ASSIGN(const Caller first, Call(listener.name(), 1));
  ASSERT_OK_AND_ASSIGN(HelloClient client, listener.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(auto clients, Channel<HelloClient>());
  ASSERT_OK(clients.sender.Send(std::move(client)));
  ASSERT_OK_AND_ASSIGN(const Caller second, Call(listener.name(), 2));
  EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
}

bool MayOpen(rlim_t descriptors) {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= descriptors) return true;
  limit.rlim_cur = std::min(descriptors, limit.rlim_max);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         limit.rlim_cur >= descriptors;
}

// The clients of a listener, in one set with it.
class Service {
 public:
  explicit Service(Listener<Hello> listener) {
    auto door = set_.Add(std::move(listener).ToReceiver());
    EXPECT_THAT(door, IsOk());
    door_ = *door;
  }

  // Gives what has happened to those who are to know.
  void ServeOnce() {
    auto events = set_.SelectFor(absl::Milliseconds(50));
    if (!events.ok()) return;
    for (ReceiverSet::Event& event : *events) {
      if (event.id() == door_) {
        Welcome(event);
      } else if (event.status().ok()) {
        Hear(event);
      } else if (!IsDisconnected(event.status())) {
        ++errors_;
      }
    }
  }

  int accepted() const { return accepted_; }
  int errors() const { return errors_; }
  const std::map<int, Sender<int>>& heard() const { return heard_; }

  void AnswerAll() {
    for (const auto& [id, reply] : heard_) EXPECT_THAT(reply.Send(id), IsOk());
    heard_.clear();
  }

 private:
  void Welcome(ReceiverSet::Event& event) {
    absl::StatusOr<HelloClient> client = event.To<HelloClient>();
    if (!client.ok()) {
      ++errors_;
      return;
    }
    ++accepted_;
    client->receiver.raw().SetMaxMessageHandles(1);
    EXPECT_THAT(set_.Add(std::move(client->receiver)), IsOk());
  }

  void Hear(ReceiverSet::Event& event) {
    absl::StatusOr<Hello> hello = event.To<Hello>();
    if (!hello.ok()) {
      ++errors_;
      return;
    }
    EXPECT_TRUE(heard_.try_emplace(hello->id, std::move(hello->reply)).second);
  }

  ReceiverSet set_;
  ReceiverSet::Id door_ = {};
  std::map<int, Sender<int>> heard_;
  int accepted_ = 0;
  int errors_ = 0;
};

TEST(ListenerCrossProcessTest, AThousandClientsAtOnceAreAllServed) {
  constexpr int kProcesses = 8;
  constexpr int kEach = 125;
  if (!MayOpen(4096)) GTEST_SKIP() << "too few descriptors allowed";
  const ExpectNoFdLeak no_leak;
  Listener<Hello> listener = MakeListener();
  std::vector<ChildProcess> crowd;
  for (int i = 0; i < kProcesses; ++i) {
    ASSERT_OK_AND_ASSIGN(
        ChildProcess child,
        ChildProcess::Exec("Crowd", {listener.name(), std::to_string(i * kEach),
                                     std::to_string(kEach)}));
    crowd.push_back(std::move(child));
  }
  Service service(std::move(listener));
  const absl::Time deadline = InALongTime();
  while (service.heard().size() < kProcesses * kEach &&
         absl::Now() < deadline) {
    service.ServeOnce();
  }
  ASSERT_EQ(service.heard().size(), kProcesses * kEach)
      << "all of them are connected at once now";
  EXPECT_EQ(service.accepted(), kProcesses * kEach);
  EXPECT_EQ(service.errors(), 0);
  service.AnswerAll();
  for (ChildProcess& child : crowd) {
    EXPECT_THAT(child.Wait(InALongTime()), IsOkAndHolds(ExitResult::Exited(0)));
  }
}

// How the clients of several processes are numbered as they connect.
struct Queue {
  std::atomic<bool> is_somebody_connecting = false;
  std::atomic<int> connected = 0;
  std::atomic<bool> is_over = false;
};

// Connects `count` times, with the next number as first value, and stays.
int JoinQueue(Queue& queue, const std::string& name, int count) {
  std::vector<Sender<int>> clients;
  for (int i = 0; i < count; ++i) {
    while (queue.is_somebody_connecting.exchange(true)) ::sched_yield();
    absl::StatusOr<Sender<int>> client = Connect<int>(name, InALongTime());
    const int number = queue.connected++;
    queue.is_somebody_connecting = false;
    if (!client.ok() || !client->Send(number).ok()) return 1;
    clients.push_back(*std::move(client));
  }
  while (!queue.is_over) absl::SleepFor(absl::Milliseconds(1));
  return 0;
}

TEST(ListenerCrossProcessTest, ClientsAreAcceptedInTheOrderOfConnecting) {
  constexpr int kProcesses = 8;
  constexpr int kEach = 125;
  if (!MayOpen(4096)) GTEST_SKIP() << "too few descriptors allowed";
  const ExpectNoFdLeak no_leak;
  SharedPage<Queue> queue;
  ASSERT_OK_AND_ASSIGN(Listener<int> listener, Listener<int>::Create());
  std::vector<ChildProcess> crowd;
  for (int i = 0; i < kProcesses; ++i) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           return JoinQueue(*queue, listener.name(), kEach);
                         }));
    crowd.push_back(std::move(child));
  }
  std::vector<Listener<int>::Client> clients;
  for (int number = 0; number < kProcesses * kEach; ++number) {
    ASSERT_OK_AND_ASSIGN(auto client, listener.AcceptUntil(InALongTime()));
    ASSERT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(number));
    clients.push_back(std::move(client));
  }
  queue->is_over = true;
  for (ChildProcess& child : crowd) {
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }
}

// A socket of whoever links none of this.
class RawClient {
 public:
  explicit RawClient(const internal::UnixAddress& address)
      : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    while (::connect(socket_.get(), address.address(), address.size()) != 0) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  void SendGarbage() const {
    const std::string garbage(100, 'x');
    ::send(socket_.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
  }

  void SendDescriptors() const {
    constexpr int kDescriptors = 20;
    std::array<char, 24> content = {};
    iovec part = {.iov_base = content.data(), .iov_len = content.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptors * sizeof(int))>
        control = {};
    msghdr message = {.msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = control.data(),
                      .msg_controllen = control.size()};
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(kDescriptors * sizeof(int));
    const std::vector<int> descriptors(kDescriptors, socket_.get());
    std::memcpy(CMSG_DATA(header), descriptors.data(),
                kDescriptors * sizeof(int));
    ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  }

 private:
  transport::UniqueFd socket_;
};

// args: name, attack. Attacks, says so to its parent, and holds what it has
// until it is killed.
IPC_CHANNEL_CHILD_MAIN(Attack) {
  auto address = internal::UnixAddress::FromName(args.at(0));
  if (!address.ok()) return 2;
  const std::string& attack = args.at(1);
  std::vector<RawClient> held;
  for (int i = 0; i < 200; ++i) {
    RawClient client(*address);
    if (attack == "garbage") client.SendGarbage();
    if (attack == "descriptors") client.SendDescriptors();
    if (attack != "leaves") held.push_back(std::move(client));
  }
  ::raise(SIGSTOP);
  return 0;
}

class HostileClientTest : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileClientTest, CostsOnlyItself) {
  constexpr int kGoodClients = 20;
  const ExpectNoFdLeak no_leak;
  Listener<Hello> listener = MakeListener({.backlog = 16});
  const std::string name = listener.name();
  ASSERT_OK_AND_ASSIGN(const Caller before, Call(name, -1));
  ASSERT_OK_AND_ASSIGN(ChildProcess hostile,
                       ChildProcess::Exec("Attack", {name, GetParam()}));
  ASSERT_OK_AND_ASSIGN(
      ChildProcess good,
      ChildProcess::Exec("Crowd", {name, "0", std::to_string(kGoodClients)}));
  Service service(std::move(listener));
  const absl::Time deadline = InALongTime();
  const int all = 200 + kGoodClients + 1;
  while (
      (service.accepted() < all || service.heard().size() < kGoodClients + 1) &&
      absl::Now() < deadline) {
    service.ServeOnce();
  }
  EXPECT_EQ(service.accepted(), all);
  service.AnswerAll();
  EXPECT_THAT(good.Wait(InALongTime()), IsOkAndHolds(ExitResult::Exited(0)));
  ASSERT_OK(hostile.Kill(SIGKILL));
  ASSERT_THAT(hostile.Wait(Soon()), IsOk());
  // The attacker's messages were errors of its own channels.
  const std::string attack = GetParam();
  const bool is_malformed = attack == "garbage" || attack == "descriptors";
  while (is_malformed && service.errors() < 200 && absl::Now() < deadline) {
    service.ServeOnce();
  }
  EXPECT_EQ(service.errors(), is_malformed ? 200 : 0);
}

INSTANTIATE_TEST_SUITE_P(Attacks, HostileClientTest,
                         ::testing::Values("stays silent", "leaves", "garbage",
                                           "descriptors"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, ' ');
                           return name;
                         });

// Who is refused is no reason to wait beyond the deadline, nor to overlook the
// good client behind.
TEST(ListenerCrossProcessTest, AFloodOfTheRefusedDoesNotHoldUpTheServer) {
  const ExpectNoFdLeak no_leak;
  std::int64_t hostile_pid = -1;
  Listener<Hello> listener =
      MakeListener({.admits = [&](const PeerIdentity& client) {
        return client.pid != hostile_pid;
      }});
  ASSERT_OK_AND_ASSIGN(
      ChildProcess hostile,
      ChildProcess::Exec("Attack", {listener.name(), "stays silent"}));
  hostile_pid = hostile.pid();
  EXPECT_THAT(listener.AcceptFor(absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_OK_AND_ASSIGN(
      ChildProcess good,
      ChildProcess::Exec("Crowd", {listener.name(), "7", "1"}));
  ASSERT_OK_AND_ASSIGN(HelloClient client, listener.AcceptUntil(Soon()));
  EXPECT_EQ(client.peer.pid, good.pid());
  ASSERT_OK_AND_ASSIGN(const Hello hello, client.receiver.RecvUntil(Soon()));
  ASSERT_OK(hello.reply.Send(hello.id));
  EXPECT_THAT(good.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

// However many are refused, a call that is not to wait ends; the others are
// seen by the next ones, for which the listener stays readable.
TEST(ListenerCrossProcessTest, ATryLooksAtABoundedNumberOfTheRefused) {
  constexpr int kRefused = 300;
  int asked = 0;
  Listener<Hello> listener = MakeListener(
      {.admits = [&](const PeerIdentity&) { return ++asked > kRefused; }});
  std::vector<Sender<Hello>> refused;
  for (int i = 0; i < kRefused; ++i) {
    ASSERT_OK_AND_ASSIGN(Sender<Hello> client, Connect<Hello>(listener.name()));
    refused.push_back(std::move(client));
  }
  ASSERT_OK_AND_ASSIGN(const Caller good, Call(listener.name(), 3));
  ASSERT_OK_AND_ASSIGN(auto client, listener.TryAccept());
  EXPECT_FALSE(client.has_value());
  EXPECT_LT(asked, kRefused);
  ASSERT_OK_AND_ASSIGN(const transport::BorrowedFd waitable,
                       listener.waitable());
  const auto is_readable = [&] {
    pollfd entry = {.fd = waitable.get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  };
  while (!client.has_value() && is_readable()) {
    ASSERT_OK_AND_ASSIGN(client, listener.TryAccept());
  }
  ASSERT_TRUE(client.has_value());
  ASSERT_OK_AND_ASSIGN(const Hello hello, client->receiver.RecvUntil(Soon()));
  EXPECT_EQ(hello.id, 3);
}

}  // namespace
}  // namespace ipc_channel
