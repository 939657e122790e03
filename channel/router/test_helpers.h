#ifndef IPC_CHANNEL_CHANNEL_ROUTER_TEST_HELPERS_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_TEST_HELPERS_H_

#include "ipc_channel/platforms/cxx20.h"

// What tests of the router have in common.

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/inprocess_channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_options.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {

using ::ipc_channel_testing::Soon;

inline std::unique_ptr<Router> MakeRouter(RouterOptions options = {}) {
  absl::StatusOr<std::unique_ptr<Router>> router =
      Router::Create(std::move(options));
  EXPECT_THAT(router, ::ipc_channel_testing::IsOk());
  return *std::move(router);
}

template <class T>
ChannelEnds<T> MakeChannel(const ChannelOptions& options = {}) {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>(options);
  EXPECT_THAT(ends, ::ipc_channel_testing::IsOk());
  return *std::move(ends);
}

template <class T>
ChannelEnds<T> MakeQueue(const ChannelOptions& options = {}) {
  absl::StatusOr<ChannelEnds<T>> ends = InprocessChannel<T>(options);
  EXPECT_THAT(ends, ::ipc_channel_testing::IsOk());
  return *std::move(ends);
}

// Waits until `condition` holds; false if it never does.
template <class Condition>
bool Eventually(Condition condition) {
  const absl::Time deadline = Soon();
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

// What callbacks have to say, in order, for the thread of the test.
template <class T>
class Reports {
 public:
  Reports() : ends_(MakeQueue<T>({.capacity = {{.messages = 100'000}}})) {}

  const Sender<T>& sender() const { return ends_.sender; }
  void Add(T report) const {
    EXPECT_THAT(ends_.sender.TrySend(std::move(report)),
                ::ipc_channel_testing::IsOk());
  }
  absl::StatusOr<T> Next() { return ends_.receiver.RecvUntil(Soon()); }
  std::optional<T> TryNext() {
    absl::StatusOr<std::optional<T>> next = ends_.receiver.TryRecv();
    EXPECT_THAT(next, ::ipc_channel_testing::IsOk());
    return *std::move(next);
  }
  // There is none: a check, which takes one that should not be there.
  bool AreOver() { return !TryNext().has_value(); }

 private:
  ChannelEnds<T> ends_;
};

// An object whose destruction can be seen, to be captured by callbacks: the
// receiver is told when all copies are gone.
struct Witness {
  Sender<int> held;
};

struct Grave {
  Receiver<int> receiver;

  bool IsClosed() { return IsDisconnected(receiver.TryRecv().status()); }
  bool ClosesSoon() {
    return IsDisconnected(receiver.RecvUntil(Soon()).status());
  }
};

inline std::pair<Witness, Grave> MakeWitness() {
  ChannelEnds<int> ends = MakeQueue<int>();
  return {Witness{std::move(ends.sender)}, Grave{std::move(ends.receiver)}};
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_TEST_HELPERS_H_
