#include "ipc_channel/transport/unix/child_ends.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;

constexpr int kSocket = 7;

template <class End>
absl::StatusOr<ChildProcess> Start(std::string_view name, End end,
                                   const std::vector<std::string>& args) {
  ExecOptions options;
  options.descriptors = {{kSocket, end.lane()->descriptor().get()}};
  return ChildProcess::Exec(name, args, options);
}

}  // namespace

ChannelPair NewUnixChannel() {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  EXPECT_OK(pair);
  return pair.ok() ? *std::move(pair) : ChannelPair();
}

absl::StatusOr<ChildProcess> StartWith(std::string_view name, Sender end,
                                       const std::vector<std::string>& args) {
  return Start(name, std::move(end), args);
}

absl::StatusOr<ChildProcess> StartWith(std::string_view name, Receiver end,
                                       const std::vector<std::string>& args) {
  return Start(name, std::move(end), args);
}

Sender ChildSender() { return AdoptUnixSender(UniqueFd(kSocket)).value(); }

Receiver ChildReceiver() {
  return AdoptUnixReceiver(UniqueFd(kSocket)).value();
}

int ChildVerdict() {
  return ::testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1
                                                                           : 0;
}

::testing::AssertionResult EndsWell(ChildProcess& child) {
  const absl::StatusOr<ExitResult> result =
      child.Wait(absl::Now() + absl::Minutes(1));
  if (!result.ok()) {
    return ::testing::AssertionFailure() << result.status().ToString();
  }
  if (*result == ExitResult::Exited(0)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "the child: " << *result;
}

}  // namespace ipc_channel::transport
