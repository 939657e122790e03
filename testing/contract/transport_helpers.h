#ifndef IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_HELPERS_H_
#define IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_HELPERS_H_

#include "ipc_channel/platforms/cxx20.h"

// Small things that tests of the transport share.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

// The bytes of `text`, which must outlive the result.
std::span<const std::byte> Bytes(std::string_view text);

// `size` bytes that depend on `seed` and on their position.
std::vector<std::byte> Pattern(std::size_t size, std::uint64_t seed = 1);

// True if the payload of `message` is exactly `expected`. For payloads that are
// too long to be printed.
bool Holds(const ipc_channel::transport::Message& message,
           std::span<const std::byte> expected);

// The handles of a send: Lend(sender, receiver, fd).
template <class... Objects>
std::array<ipc_channel::transport::HandleRef, sizeof...(Objects)> Lend(
    Objects&... objects) {
  return {ipc_channel::transport::HandleRef(objects)...};
}

std::string Text(std::span<const std::byte> bytes);

absl::Status SendText(const ipc_channel::transport::Sender& sender,
                      std::string_view text);

// The text of the next message that comes from `receiver`, Soon().
absl::StatusOr<std::string> ReceiveText(
    ipc_channel::transport::Receiver& receiver);

// Success if a message sent to `sender` comes out of `receiver` next.
::testing::AssertionResult AreConnected(
    const ipc_channel::transport::Sender& sender,
    ipc_channel::transport::Receiver& receiver);

// Sends small messages until the channel is full and gives their number.
absl::StatusOr<int> Fill(const ipc_channel::transport::Sender& sender);

// Moves handle number `index` of type `T` out of `message`; an empty one and a
// test failure if there is none.
template <class T>
T Take(ipc_channel::transport::Message& message, std::size_t index) {
  if (index >= message.handles().size() ||
      !std::holds_alternative<T>(message.handles()[index])) {
    ADD_FAILURE() << "no handle of the kind wanted at " << index;
    return T();
  }
  return std::get<T>(std::move(message.handles()[index]));
}

struct Pipe {
  ipc_channel::transport::UniqueFd read_end;
  ipc_channel::transport::UniqueFd write_end;
};

Pipe NewPipe();

// Success if what is written to `write_end` comes out of `read_end`.
::testing::AssertionResult IsPipe(
    const ipc_channel::transport::UniqueFd& write_end,
    const ipc_channel::transport::UniqueFd& read_end);

// Waits, Soon(), until nobody has the write end any more.
::testing::AssertionResult IsClosed(
    const ipc_channel::transport::UniqueFd& read_end);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_HELPERS_H_
