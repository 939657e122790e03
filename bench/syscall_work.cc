// syscall_work WORK COUNT: does a work COUNT times on channels of its own, for
// syscalls.sh to count the system calls of.

#include <array>
#include <cstddef>
#include <iostream>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

transport::ChannelPair NewChannel() {
  return Check(transport::CreateChannel());
}

void SendAndReceive(int count, std::span<const std::byte> payload,
                    std::span<const transport::HandleRef> handles,
                    absl::Duration patience) {
  transport::ChannelPair channel = NewChannel();
  transport::Message message;
  for (int i = 0; i < count; ++i) {
    const absl::Time deadline = absl::Now() + patience;
    Check(channel.sender.Send(payload, handles, deadline));
    Check(channel.receiver.Receive(message, deadline));
  }
}

constexpr std::array<std::byte, 8> kSmall = {};

void Small(int count) {
  SendAndReceive(count, kSmall, {}, absl::InfiniteDuration());
}

void SmallWithDeadline(int count) {
  SendAndReceive(count, kSmall, {}, absl::Minutes(1));
}

void Large(int count) {
  const std::vector<std::byte> payload(transport::kMaxInlineBytes + 1);
  SendAndReceive(count, payload, {}, absl::InfiniteDuration());
}

void PassSender(int count) {
  const transport::ChannelPair passed = NewChannel();
  const transport::HandleRef handles[] = {passed.sender};
  SendAndReceive(count, kSmall, handles, absl::InfiniteDuration());
}

void EmptyTry(int count) {
  transport::ChannelPair channel = NewChannel();
  transport::Message message;
  for (int i = 0; i < count; ++i) {
    if (Check(channel.receiver.TryReceive(message))) Stop("a message?");
  }
}

void SetOfTwo(int count) {
  transport::ChannelPair first = NewChannel();
  transport::ChannelPair second = NewChannel();
  transport::ReceiverSet set;
  Check(set.Add(std::move(first.receiver)));
  Check(set.Add(std::move(second.receiver)));
  std::vector<transport::ReceiverSet::Event> events(64);
  for (int i = 0; i < count; ++i) {
    Check(first.sender.Send(kSmall));
    Check(set.Wait(absl::InfiniteFuture(), events));
  }
}

struct Named {
  std::string_view name;
  void (*work)(int count);
};

constexpr Named kWorks[] = {
    {"small", Small},  {"deadline", SmallWithDeadline}, {"empty_try", EmptyTry},
    {"set", SetOfTwo}, {"pass_sender", PassSender},     {"large", Large},
};

int Main(std::span<char*> arguments) {
  int count = 0;
  if (arguments.size() != 3 || !absl::SimpleAtoi(arguments[2], &count)) {
    Stop("usage: syscall_work WORK COUNT");
  }
  for (const Named& named : kWorks) {
    if (named.name != arguments[1]) continue;
    named.work(count);
    return 0;
  }
  Stop("no work of that name");
}

}  // namespace
}  // namespace ipc_channel_bench

int main(int argc, char** argv) {
  return ipc_channel_bench::Main({argv, static_cast<std::size_t>(argc)});
}
