#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::AdoptUnixReceiver;
using ::ipc_channel::transport::AdoptUnixSender;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;

constexpr int kFirst = 10;

UniqueFd Inherited(std::size_t index) {
  return UniqueFd(kFirst + static_cast<int>(index));
}

}  // namespace

absl::StatusOr<ChildProcess> ExecWithEnds(std::string_view name,
                                          std::vector<ChildEnd> ends,
                                          const std::vector<std::string>& args,
                                          const ExecOptions& options) {
  ExecOptions with_ends = options;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    with_ends.descriptors[kFirst + static_cast<int>(i)] = std::visit(
        [](const auto& end) { return end.lane()->descriptor().get(); },
        ends[i]);
  }
  return ChildProcess::Exec(name, args, with_ends);
}

absl::StatusOr<Sender> InheritedSender(std::size_t index) {
  return AdoptUnixSender(Inherited(index));
}

absl::StatusOr<Receiver> InheritedReceiver(std::size_t index) {
  return AdoptUnixReceiver(Inherited(index));
}

}  // namespace ipc_channel_testing
