#ifndef IPC_CHANNEL_TESTING_CONTRACT_REACTOR_CONTRACT_H_
#define IPC_CHANNEL_TESTING_CONTRACT_REACTOR_CONTRACT_H_

#include "ipc_channel/platforms/cxx20.h"

// What a Reactor (channel/loop/reactor.h) owes those who await channels in it,
// as tests. Who has adapted a loop of his own instantiates them in a test of
// his own, which links this library:
//
//   class MyDriver final : public ReactorDriver { ... };
//
//   INSTANTIATE_TEST_SUITE_P(
//       MyLoop, ReactorContractTest,
//       ::testing::Values(ReactorKind{
//           "MyLoop", [] { return std::make_unique<MyDriver>(); }}),
//       ReactorKind::Name);

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

// A loop and what makes it go round. Destroying it destroys the loop.
class ReactorDriver {
 public:
  ReactorDriver() = default;
  ReactorDriver(const ReactorDriver&) = delete;
  ReactorDriver& operator=(const ReactorDriver&) = delete;
  virtual ~ReactorDriver() = default;

  virtual ipc_channel::Reactor& reactor() = 0;

  // Lets the loop call what there is to call, all that is ready at the start
  // included. If that is nothing, waits until there is something, or until
  // `deadline`; may return early.
  virtual void RunOnce(absl::Time deadline) = 0;
};

struct ReactorKind {
  // The name that test reports show.
  static std::string Name(const ::testing::TestParamInfo<ReactorKind>& info) {
    return info.param.name;
  }

  std::string name;
  std::function<std::unique_ptr<ReactorDriver>()> create;
};

// The default printer would show the bytes of the function.
inline void PrintTo(const ReactorKind& kind, std::ostream* os) {
  *os << kind.name;
}

// Every test also checks that no descriptor is left open.
class ReactorContractTest : public ::testing::TestWithParam<ReactorKind> {
 protected:
  using Callback = absl::AnyInvocable<void()>;

  // Makes the loop.
  ReactorContractTest() : driver_(GetParam().create()) {}

  ipc_channel::Reactor& reactor() { return driver_->reactor(); }

  // A watch of the loop; aborts the program without one: no test can go on.
  std::unique_ptr<ipc_channel::Watch> WatchFor(
      ipc_channel::transport::BorrowedFd descriptor,
      ipc_channel::transport::Interest interest, Callback callback);
  std::unique_ptr<ipc_channel::Watch> WatchForReading(
      const ipc_channel::transport::UniqueFd& descriptor, Callback callback);
  std::unique_ptr<ipc_channel::Watch> Timer(Callback callback);

  // Goes round until `condition` holds; false if a minute was not enough.
  bool RunUntil(absl::FunctionRef<bool()> condition);
  // Goes round some times without waiting.
  void RunWhatThereIs();

  void DestroyLoop() { driver_.reset(); }

 private:
  ExpectNoFdLeak no_leak_;
  std::unique_ptr<ReactorDriver> driver_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_CONTRACT_REACTOR_CONTRACT_H_
