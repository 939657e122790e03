#ifndef IPC_CHANNEL_CHANNEL_CORO_ASYNC_TEST_H_
#define IPC_CHANNEL_CHANNEL_CORO_ASYNC_TEST_H_

#include "ipc_channel/platforms/cxx20.h"

// What the tests of awaiting have in common: each runs in every loop with
// channels of every kind.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"

namespace ipc_channel::coro {

struct AsyncWorld {
  std::string name;
  std::unique_ptr<EventLoop> (*new_loop)();
  absl::StatusOr<transport::ChannelPair> (*new_channel)(const ChannelOptions&);
};

inline std::unique_ptr<EventLoop> NewPollLoop() {
  return PollReactor::Create().value();
}
inline std::unique_ptr<EventLoop> NewBestLoop() {
  return NewEventLoop().value();
}

inline auto AllAsyncWorlds() {
  return ::testing::Values(
      AsyncWorld{"BestLoop", &NewBestLoop, &transport::CreateChannel},
      AsyncWorld{"BestLoopInprocess", &NewBestLoop,
                 &transport::CreateInprocessChannel},
      AsyncWorld{"PollLoop", &NewPollLoop, &transport::CreateChannel},
      AsyncWorld{"PollLoopInprocess", &NewPollLoop,
                 &transport::CreateInprocessChannel});
}

inline std::string NameOfWorld(
    const ::testing::TestParamInfo<AsyncWorld>& info) {
  return info.param.name;
}

// The default printer would show the bytes of the functions.
inline void PrintTo(const AsyncWorld& world, std::ostream* os) {
  *os << world.name;
}

inline absl::Time InAMinute() { return absl::Now() + absl::Minutes(1); }

// Every test also checks that no descriptor is left open.
class AsyncTest : public ::testing::TestWithParam<AsyncWorld> {
  ipc_channel_testing::ExpectNoFdLeak no_leak_;

 public:  // for coroutines that are lambdas
  AsyncTest() : loop_(GetParam().new_loop()) {}

  template <class T>
  ChannelEnds<T> NewChannel(const ChannelOptions& options = {}) const {
    transport::ChannelPair pair = GetParam().new_channel(options).value();
    return {Sender<T>(std::move(pair.sender)),
            Receiver<T>(std::move(pair.receiver))};
  }
  // One that is soon full.
  template <class T>
  ChannelEnds<T> NewSmallChannel() const {
    return NewChannel<T>({.capacity = {{.messages = 2}}});
  }

  template <class T>
  AsyncReceiver<T> Async(Receiver<T>&& receiver) {
    return AsyncReceiver<T>::Create(*loop_, std::move(receiver)).value();
  }
  template <class T>
  AsyncSender<T> Async(const Sender<T>& sender) {
    return AsyncSender<T>::Create(*loop_, sender).value();
  }

  // Goes round until `condition` holds; false if a minute was not enough.
  template <class Condition>
  bool RunUntil(Condition condition) {
    const absl::Time give_up = InAMinute();
    while (!condition()) {
      if (absl::Now() > give_up) return false;
      loop_->RunOnce(give_up);
    }
    return true;
  }
  // Goes round some times without waiting.
  void RunWhatThereIs() {
    for (int turn = 0; turn < 5; ++turn) loop_->RunOnce(absl::InfinitePast());
  }

  std::unique_ptr<EventLoop> loop_;
};

// Puts values in until the channel is full; gives how many there were.
template <class T>
int FillUp(const Sender<T>& sender, const T& value) {
  int count = 0;
  while (sender.TrySend(value).ok()) ++count;
  return count;
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_ASYNC_TEST_H_
