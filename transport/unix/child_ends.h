#ifndef IPC_CHANNEL_TRANSPORT_UNIX_CHILD_ENDS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_CHILD_ENDS_H_

#include "ipc_channel/platforms/cxx20.h"

// For tests: one end of a channel in a process of its own, which may have other
// limits than its parent's.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::transport {

// A Unix channel; a test failure and an empty pair if there is none.
ChannelPair NewUnixChannel();

// Runs the entry point `name` (child_process.h) with `end`, which is gone here.
absl::StatusOr<ipc_channel_testing::ChildProcess> StartWith(
    std::string_view name, Sender end,
    const std::vector<std::string>& args = {});
absl::StatusOr<ipc_channel_testing::ChildProcess> StartWith(
    std::string_view name, Receiver end,
    const std::vector<std::string>& args = {});

// In such a process: its end.
Sender ChildSender();
Receiver ChildReceiver();

// In such a process, what main() returns: 0 if no expectation has failed there.
int ChildVerdict();

// Success if `child` ends, in a minute at most, and had no failures.
::testing::AssertionResult EndsWell(ipc_channel_testing::ChildProcess& child);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_CHILD_ENDS_H_
