#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/model/model_runs.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelOptions;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateChannel;
using ::ipc_channel::transport::Handle;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;

constexpr std::size_t kFromParent = 0;
constexpr std::size_t kToParent = 1;

// Lends what came, to be passed on.
HandleRef PassOn(Handle& handle) {
  if (auto* receiver = std::get_if<Receiver>(&handle)) return *receiver;
  if (auto* descriptor = std::get_if<UniqueFd>(&handle)) return *descriptor;
  return std::visit(
      [](auto& object) -> HandleRef {
        if constexpr (requires { HandleRef::Moving(object); }) {
          return HandleRef::Moving(object);
        } else {
          std::abort();
        }
      },
      handle);
}

// Sends each message back, and then, when nothing of it is left here, one more.
IPC_CHANNEL_CHILD_MAIN(PassMessagesOn) {
  auto receiver = InheritedReceiver(kFromParent);
  auto sender = InheritedSender(kToParent);
  if (!receiver.ok() || !sender.ok()) return 1;
  Message message;
  while (receiver->Receive(message).ok()) {
    std::vector<HandleRef> handles;
    for (Handle& handle : message.handles()) handles.push_back(PassOn(handle));
    if (!sender->Send(message.payload(), handles, Soon()).ok()) return 2;
    message.Clear();
    if (!SendText(*sender, "done").ok()) return 3;
  }
  return 0;
}

std::vector<ChildEnd> EndsOfChild(Receiver from_parent, Sender to_parent) {
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(from_parent));
  ends.emplace_back(std::move(to_parent));
  return ends;
}

// A process through which messages go.
class Courier {
 public:
  Courier(ChannelPair there, ChannelPair back)
      : child_(ExecWithEnds(
            "PassMessagesOn",
            EndsOfChild(std::move(there.receiver), std::move(back.sender)))),
        to_child_(std::move(there.sender)),
        from_child_(std::move(back.receiver)) {}

  const absl::Status& status() const { return child_.status(); }

  absl::Status Carry(std::span<const std::byte> payload,
                     std::span<const HandleRef> handles, Message& out) {
    absl::Status status = to_child_.Send(payload, handles, Soon());
    if (status.ok()) status = from_child_.Receive(out, Soon());
    if (!status.ok()) return status;
    return ReceiveText(from_child_).status();
  }

 private:
  absl::StatusOr<ChildProcess> child_;
  Sender to_child_;
  Receiver from_child_;
};

// With room, beside what the model knows of, for what a back end's kernel puts
// into a queue.
absl::StatusOr<ChannelPair> CreateRoomyChannel(const ChannelOptions& options) {
  static const std::uint64_t more =
      NumberFromEnvironment("IPC_CHANNEL_MODEL_ROOM_FOR_NOTICES", 0);
  ChannelOptions roomy = options;
  if (roomy.capacity.has_value()) {
    roomy.capacity->messages += static_cast<std::size_t>(more);
  }
  return CreateChannel(roomy);
}

TEST(TwoProcessModelTest, DoesWhatTheModelDoes) {
  ASSERT_OK_AND_ASSIGN(ChannelPair there, CreateChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair back, CreateChannel());
  Courier courier(std::move(there), std::move(back));
  ASSERT_OK(courier.status());
  const ModelSubject one_process = {.create = CreateRoomyChannel};
  ModelSubject two_processes = one_process;
  two_processes.carry = [&](auto payload, auto handles, Message& out) {
    return courier.Carry(payload, handles, out);
  };
  RunModel([&](std::uint64_t seed) -> const ModelSubject& {
    return seed % 2 == 0 ? one_process : two_processes;
  });
}

}  // namespace
}  // namespace ipc_channel_testing
