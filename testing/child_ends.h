#ifndef IPC_CHANNEL_TESTING_CHILD_ENDS_H_
#define IPC_CHANNEL_TESTING_CHILD_ENDS_H_

#include "ipc_channel/platforms/cxx20.h"

// Child processes that start with ends of channels, on every back end whose
// channels leave the process: one source of a test serves them all.
//
//   IPC_CHANNEL_CHILD_MAIN(Greet) {
//     absl::StatusOr<transport::Sender> to_parent = InheritedSender(0);
//     ...
//   }
//
//   ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair,
//                        transport::CreateChannel());
//   std::vector<ChildEnd> ends;
//   ends.emplace_back(std::move(pair.sender));
//   ASSERT_OK_AND_ASSIGN(ChildProcess child,
//                        ExecWithEnds("Greet", std::move(ends)));

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_testing {

using ChildEnd = std::variant<ipc_channel::transport::Sender,
                              ipc_channel::transport::Receiver>;

// ChildProcess::Exec() with `ends`, ends of default channels, which are gone
// here when this returns. The child, or a program that it executes, must ask
// for one of them; on Mach this waits for that, a minute at most. `options` may
// not name the descriptors from 10 on. Errors are those of Exec() and of the
// transport. Thread-safe.
absl::StatusOr<ChildProcess> ExecWithEnds(
    std::string_view name, std::vector<ChildEnd> ends,
    const std::vector<std::string>& args = {}, const ExecOptions& options = {});

// In such a process: the end at `index` of `ends`, each to be asked for once.
// INVALID_ARGUMENT or NOT_FOUND if there is none, or one of the other kind (a
// socket does not say of which it is); UNAVAILABLE if the parent is gone. Not
// thread-safe.
absl::StatusOr<ipc_channel::transport::Sender> InheritedSender(
    std::size_t index);
absl::StatusOr<ipc_channel::transport::Receiver> InheritedReceiver(
    std::size_t index);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_CHILD_ENDS_H_
