// Clients and servers in processes of their own, some of which are killed at
// random moments.

#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/bootstrap.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::rpc {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

// Asks for the number plus one.
struct Request {
  std::uint64_t number = 0;
  std::optional<Sender<int>> gone;  // no longer anywhere once the request is
};
struct Response {
  std::uint64_t number = 0;
  std::string padding;
};
using TheClient = Client<Request, Response>;
using TheServer = Server<Request, Response>;
using Door = DuplexListener<ToClient<Response>, ToServer<Request>>;

absl::StatusOr<TheClient> ConnectClient(const std::string& name) {
  auto ends =
      ConnectDuplex<ToServer<Request>, ToClient<Response>>(name, Soon());
  if (!ends.ok()) return ends.status();
  return TheClient::Create(*std::move(ends));
}

// Serves any number of clients in one thread and one loop, until `enough` of
// them have come and all are gone.
class Service {
 public:
  Service(Reactor& reactor, Door door)
      : reactor_(reactor), door_(std::move(door)) {
    door_watch_ = Watched(*door_.waitable(), [this] { OnDoor(); });
    OnDoor();
  }

  int came() const { return came_; }
  bool is_empty() const { return guests_.empty(); }

 private:
  struct Guest {
    TheServer server;
    std::unique_ptr<Watch> watch;
    std::vector<TheServer::Call> kept;
  };
  using GuestPlace = std::list<Guest>::iterator;

  std::unique_ptr<Watch> Watched(transport::BorrowedFd descriptor,
                                 absl::AnyInvocable<void()> callback) {
    absl::StatusOr<std::unique_ptr<Watch>> watch = reactor_.NewWatch(
        descriptor, transport::Interest::kReadable, std::move(callback));
    EXPECT_THAT(watch, IsOk());
    return *std::move(watch);
  }

  void OnDoor() {
    while (true) {
      absl::StatusOr<std::optional<Door::Client>> client = door_.TryAccept();
      ASSERT_OK(client);
      if (!client->has_value()) break;
      absl::StatusOr<TheServer> server =
          TheServer::Create(std::move((*client)->duplex));
      ASSERT_OK(server);
      ++came_;
      const GuestPlace guest =
          guests_.insert(guests_.end(), Guest{*std::move(server), nullptr, {}});
      guest->watch =
          Watched(*guest->server.waitable(), [this, guest] { OnGuest(guest); });
      guest->watch->Arm(absl::InfinitePast());
    }
    door_watch_->Arm(door_.deadline());
  }

  void OnGuest(GuestPlace guest) {
    while (true) {
      absl::StatusOr<std::optional<TheServer::Call>> call =
          guest->server.TryNext();
      if (!call.ok()) {
        EXPECT_TRUE(IsDisconnected(call.status())) << call.status();
        guests_.erase(guest);
        return;
      }
      if (!call->has_value()) break;
      OnCall(*guest, **std::move(call));
    }
    guest->watch->Arm(guest->server.deadline());
  }

  // Some are answered late, and some are dropped.
  void OnCall(Guest& guest, TheServer::Call call) {
    const std::uint64_t number = call.request().number;
    if (number % 7 == 3) {
      guest.kept.push_back(std::move(call));
      if (guest.kept.size() > 3) guest.kept.clear();
      return;
    }
    call.Respond({number + 1, std::string(number % 5 == 0 ? 20'000 : 10, 'x')})
        .IgnoreError();
  }

  Reactor& reactor_;
  Door door_;
  std::unique_ptr<Watch> door_watch_;
  std::list<Guest> guests_;
  int came_ = 0;
};

// args: name, number of calls. Has several in flight at once.
IPC_CHANNEL_CHILD_MAIN(Caller) {
  absl::StatusOr<TheClient> client = ConnectClient(args.at(0));
  if (!client.ok()) return 1;
  const int calls = std::stoi(args.at(1));
  std::vector<PendingCall<Response>> pending;
  std::uint64_t number = 0;
  for (int i = 0; i < calls; ++i) {
    const std::uint64_t asked = number++;
    auto started = client->Start({asked, std::nullopt}, BySoon());
    if (!started.ok()) return 2;
    if (asked % 7 == 3) {  // the server drops these
      pending.push_back(*std::move(started));
      if (pending.size() > 2) pending.erase(pending.begin());
      continue;
    }
    const absl::StatusOr<Response> response = started->Get();
    if (!response.ok() || response->number != asked + 1) return 3;
  }
  return 0;
}

TEST(RpcCrossProcessTest, OneThreadServesManyClientsSomeOfWhichAreKilled) {
  constexpr int kGood = 4;
  constexpr int kKilled = 20;
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(Door door, Door::Create());
  const std::string name = door.name();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLoop> loop, NewEventLoop());
  Service service(*loop, std::move(door));
  std::vector<ChildProcess> good;
  for (int i = 0; i < kGood; ++i) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ChildProcess::Exec("Caller", {name, "300"}));
    good.push_back(std::move(child));
  }
  std::mt19937 random(5);
  for (int i = 0; i < kKilled; ++i) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ChildProcess::Exec("Caller", {name, "1000000"}));
    const absl::Time moment =
        absl::Now() + absl::Microseconds(random() % 20'000);
    while (absl::Now() < moment) loop->RunOnce(moment);
    ASSERT_OK(child.Kill(SIGKILL));
    ASSERT_OK(child.Wait(Soon()));
  }
  for (ChildProcess& child : good) {
    const absl::Time deadline = Soon();
    absl::StatusOr<ExitResult> result = absl::DeadlineExceededError("");
    while (absl::IsDeadlineExceeded(result.status())) {
      ASSERT_LT(absl::Now(), deadline);
      loop->RunOnce(absl::Now() + absl::Milliseconds(5));
      result = child.Wait(absl::InfinitePast());
    }
    EXPECT_THAT(result, IsOkAndHolds(ExitResult::Exited(0)));
  }
  const absl::Time deadline = Soon();
  while (!service.is_empty()) {
    ASSERT_LT(absl::Now(), deadline);
    loop->RunOnce(absl::Now() + absl::Milliseconds(5));
  }
  EXPECT_GE(service.came(), kGood);
}

// args: name of the one who asks. Answers until it is killed.
IPC_CHANNEL_CHILD_MAIN(Answerer) {
  auto ends =
      ConnectDuplex<ToClient<Response>, ToServer<Request>>(args.at(0), Soon());
  if (!ends.ok()) return 1;
  absl::StatusOr<TheServer> server = TheServer::Create(*std::move(ends));
  if (!server.ok()) return 2;
  std::vector<TheServer::Call> kept;
  while (true) {
    absl::StatusOr<TheServer::Call> call = server->Next();
    if (IsDisconnected(call.status())) return 0;
    if (!call.ok()) return 3;
    if (call->request().number % 3 == 2) {
      kept.push_back(*std::move(call));  // never answered
    } else if (!call->Respond({call->request().number + 1, ""}).ok()) {
      return 4;
    }
  }
}

TEST(RpcCrossProcessTest, AServerThatIsKilledCostsEachCallAStatus) {
  const ExpectNoFdLeak no_leak;
  using OneServer = OneShotDuplexServer<ToServer<Request>, ToClient<Response>>;
  std::mt19937 random(6);
  for (int round = 0; round < 25; ++round) {
    ASSERT_OK_AND_ASSIGN(OneServer contact, OneServer::Create());
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ChildProcess::Exec("Answerer", {contact.name()}));
    ASSERT_OK_AND_ASSIGN(OneServer::Accepted accepted, contact.Accept(Soon()));
    const TheClient client =
        MakeClient<Request, Response>(std::move(accepted.duplex));
    ASSERT_OK_AND_ASSIGN(auto witness, Channel<int>());
    std::vector<PendingCall<Response>> pending;
    const int before = static_cast<int>(random() % 60);
    for (int i = 0; i < before; ++i) {
      Request request = {static_cast<std::uint64_t>(i), std::nullopt};
      if (i % 4 == 0) request.gone = witness.sender;
      ASSERT_OK_AND_ASSIGN(auto call,
                           client.Start(std::move(request), BySoon()));
      pending.push_back(std::move(call));
    }
    witness.sender = {};
    absl::SleepFor(absl::Microseconds(random() % 3000));
    ASSERT_OK(child.Kill(SIGKILL));
    for (int i = 0; i < before; ++i) {
      const absl::StatusOr<Response> response = pending[i].Get();
      if (response.ok()) {
        EXPECT_EQ(response->number, i + 1);
      } else {
        EXPECT_TRUE(IsDisconnected(response.status())) << response.status();
      }
    }
    EXPECT_TRUE(IsDisconnected(client.Call({1, {}}, BySoon()).status()));
    EXPECT_TRUE(IsDisconnected(witness.receiver.RecvUntil(Soon()).status()))
        << "what the requests owned is gone with the server";
  }
}

// args: name. Calls without a deadline and is killed while it waits.
IPC_CHANNEL_CHILD_MAIN(Waiter) {
  absl::StatusOr<TheClient> client = ConnectClient(args.at(0));
  if (!client.ok()) return 1;
  client->Call({1, {}}).status().IgnoreError();
  return 2;
}

TEST(RpcCrossProcessTest, ACallWhoseClientIsKilledIsCancelled) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(Door door, Door::Create());
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("Waiter", {door.name()}));
  ASSERT_OK_AND_ASSIGN(Door::Client client, door.AcceptUntil(Soon()));
  TheServer server = MakeServer<Request, Response>(std::move(client.duplex));
  ASSERT_OK_AND_ASSIGN(TheServer::Call call, server.NextUntil(Soon()));
  EXPECT_FALSE(call.cancelled());
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_TRUE(IsDisconnected(server.NextUntil(Soon()).status()));
  EXPECT_TRUE(call.cancelled());
}

}  // namespace
}  // namespace ipc_channel::rpc
