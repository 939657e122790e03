#include "ipc_channel/testing/contract/transport_helpers.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;
using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<std::byte> Pattern(std::size_t size, std::uint64_t seed) {
  std::vector<std::byte> bytes(size);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15 + 1;
  for (std::size_t i = 0; i < size; i += sizeof(state)) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::memcpy(&bytes[i], &state, std::min(sizeof(state), size - i));
  }
  return bytes;
}

bool Holds(const Message& message, std::span<const std::byte> expected) {
  return message.payload().size() == expected.size() &&
         (expected.empty() ||
          std::memcmp(message.payload().data(), expected.data(),
                      expected.size()) == 0);
}

std::string Text(std::span<const std::byte> bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

absl::Status SendText(const Sender& sender, std::string_view text) {
  return sender.Send(Bytes(text), Soon());
}

absl::StatusOr<std::string> ReceiveText(Receiver& receiver) {
  Message message;
  absl::Status status = receiver.Receive(message, Soon());
  if (!status.ok()) return status;
  return Text(message.payload());
}

AssertionResult AreConnected(const Sender& sender, Receiver& receiver) {
  absl::Status sent = SendText(sender, "are you there?");
  if (!sent.ok()) return AssertionFailure() << "send: " << sent.ToString();
  absl::StatusOr<std::string> text = ReceiveText(receiver);
  if (!text.ok()) {
    return AssertionFailure() << "receive: " << text.status().ToString();
  }
  if (*text != "are you there?") {
    return AssertionFailure() << "another message came: " << *text;
  }
  return AssertionSuccess();
}

absl::StatusOr<int> Fill(const Sender& sender) {
  for (int count = 0;; ++count) {
    absl::Status status = sender.Send(Bytes("filler"), absl::InfinitePast());
    if (IsFull(status)) return count;
    if (!status.ok()) return status;
  }
}

Pipe NewPipe() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

AssertionResult IsPipe(const UniqueFd& write_end, const UniqueFd& read_end) {
  if (::write(write_end.get(), "x", 1) != 1) {
    return AssertionFailure() << "cannot write to " << write_end.get();
  }
  char byte = 0;
  if (::read(read_end.get(), &byte, 1) != 1 || byte != 'x') {
    return AssertionFailure() << "cannot read from " << read_end.get();
  }
  return AssertionSuccess();
}

AssertionResult IsClosed(const UniqueFd& read_end) {
  pollfd entry = {.fd = read_end.get(), .events = 0, .revents = 0};
  if (::poll(&entry, 1, /*timeout=*/60'000) == 1 &&
      (entry.revents & POLLHUP) != 0) {
    return AssertionSuccess();
  }
  return AssertionFailure() << "somebody still holds the write end";
}

}  // namespace ipc_channel_testing
