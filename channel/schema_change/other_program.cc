// A program that knows Order as order_changes.h says:
//
//   other_program send|receive CHANGE
//
// send     over the channel that it starts with: an Order with the change, then
//          an unchanged one. Prints the answer to each, or "lost".
// receive  from the channel that it starts with, as an Order with the change.
//          Prints what comes of each, until the end.

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/schema_change/order_changes.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::InheritedReceiver;
using ::ipc_channel_testing::InheritedSender;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

// Sends what `make` makes; returns the answer, or "lost" if the other side
// dropped the order with the sender in it.
template <class Make>
absl::StatusOr<std::string> AnswerTo(const transport::Sender& raw, Make make) {
  absl::StatusOr<ChannelEnds<std::string>> reply = Channel<std::string>();
  if (!reply.ok()) return reply.status();
  {
    auto order = make(std::move(reply->sender));
    const Sender<decltype(order)> orders(raw);
    absl::Status sent = orders.Send(std::move(order));
    if (!sent.ok()) return sent;
  }
  absl::StatusOr<std::string> answer = reply->receiver.RecvUntil(Soon());
  if (IsDisconnected(answer.status())) return std::string("lost");
  return answer;
}

template <class Make>
int SendBoth(Make make) {
  absl::StatusOr<transport::Sender> raw = InheritedSender(0);
  if (!raw.ok()) return 2;
  const absl::StatusOr<std::string> first = AnswerTo(*raw, make);
  const absl::StatusOr<std::string> second = AnswerTo(*raw, unchanged::Make);
  if (!first.ok() || !second.ok()) return 3;
  std::printf("%s, %s\n", first->c_str(), second->c_str());
  return 0;
}

template <class Make>
int ReceiveMismatches(Make make) {
  using Order = decltype(make(Reply()));
  absl::StatusOr<transport::Receiver> raw = InheritedReceiver(0);
  if (!raw.ok()) return 2;
  Receiver<Order> orders(*std::move(raw));
  for (absl::StatusOr<Order>& order : orders) {
    const bool is_refused =
        order.status().code() == absl::StatusCode::kDataLoss;
    std::printf("%s\n", is_refused ? "mismatch" : "understood");
  }
  return 0;
}

template <class Make>
int Run(std::string_view what, Make make) {
  return what == "send" ? SendBoth(make) : ReceiveMismatches(make);
}

int Main(std::string_view what, const std::string& change) {
  using RunFunction = int (*)(std::string_view what);
#define IPC_CHANNEL_CHANGE(name)                                       \
  {                                                                    \
#name, [](std::string_view what) { return Run(what, name::Make); } \
  }
  const std::map<std::string, RunFunction> changes = {
      IPC_CHANNEL_CHANGE(unchanged),
      IPC_CHANNEL_CHANGE(renamed),
      IPC_CHANNEL_CHANGE(swapped),
      IPC_CHANNEL_CHANGE(added),
      IPC_CHANNEL_CHANGE(removed),
      IPC_CHANNEL_CHANGE(moved),
      IPC_CHANNEL_CHANGE(retyped),
      IPC_CHANNEL_CHANGE(other_underlying_type),
      IPC_CHANNEL_CHANGE(other_element),
      IPC_CHANNEL_CHANGE(other_reply),
  };
#undef IPC_CHANNEL_CHANGE
  const auto found = changes.find(change);
  return found == changes.end() ? 4 : found->second(what);
}

}  // namespace
}  // namespace ipc_channel

int main(int argc, char** argv) {
  return argc == 3 ? ipc_channel::Main(argv[1], argv[2]) : 5;
}
