#include "ipc_channel/examples/loops/coroutines_in_loop.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/reactor.h"

namespace loops {
namespace {

namespace coro = ipc_channel::coro;

constexpr int kMessages = 1'000;

coro::Task<> Count(coro::AsyncSender<int> to) {
  for (int i = 0; i < kMessages; ++i) {
    if (!(co_await to.Send(i)).ok()) co_return;
  }
}

coro::Task<> Relay(coro::AsyncReceiver<int> from, coro::AsyncSender<int> to) {
  while (true) {
    const absl::StatusOr<int> number = co_await from.Recv();
    if (!number.ok() || !(co_await to.Send(*number)).ok()) co_return;
  }
}

coro::Task<> Check(coro::AsyncReceiver<int> from, int& in_order) {
  while (true) {
    const absl::StatusOr<int> number = co_await from.Recv();
    if (!number.ok()) co_return;
    if (*number == in_order) ++in_order;
  }
}

struct AsyncEnds {
  explicit AsyncEnds(ipc_channel::Reactor& reactor) {
    auto ends =
        ipc_channel::Channel<int>({.capacity = {{.messages = 2}}}).value();
    sender =
        coro::AsyncSender<int>::Create(reactor, std::move(ends.sender)).value();
    receiver =
        coro::AsyncReceiver<int>::Create(reactor, std::move(ends.receiver))
            .value();
  }

  coro::AsyncSender<int> sender;
  coro::AsyncReceiver<int> receiver;
};

}  // namespace

int CountWhatCoroutinesReceive(ipc_channel::Reactor& reactor,
                               absl::FunctionRef<void()> run_once) {
  AsyncEnds first(reactor);
  AsyncEnds second(reactor);
  int in_order = 0;
  coro::TaskGroup group;
  group.Spawn(Check(std::move(second.receiver), in_order));
  group.Spawn(Relay(std::move(first.receiver), std::move(second.sender)));
  group.Spawn(Count(std::move(first.sender)));
  while (group.size() > 0) run_once();
  return in_order;
}

}  // namespace loops
