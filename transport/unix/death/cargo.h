#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DEATH_CARGO_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DEATH_CARGO_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <ostream>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// What a message is made of, of each kind once.
struct CargoSpec {
  const char* name;
  std::size_t payload = 0;
  std::size_t descriptors = 0;
  bool sender = false;
  bool receiver = false;  // with messages in its queue
  // Made by the send itself.
  bool new_channel = false;
  std::size_t shared_memory = 0;
  std::size_t mutable_memory = 0;
  std::size_t read_only_memory = 0;
  // The sender has no memfd_create and small socket buffers.
  bool without_memfd = false;

  friend std::ostream& operator<<(std::ostream& os, const CargoSpec& spec) {
    return os << spec.name;
  }
};

// One of each way in which a message travels.
std::span<const CargoSpec> AllCargo();
// Some of them, in which every part of a receive and a send occurs.
std::span<const CargoSpec> RepresentativeCargo();

// A message of one kind and, in the process that watches, the other ends of all
// that it carries. Thread-compatible. Forked children have copies.
class Cargo {
 public:
  explicit Cargo(const CargoSpec& spec);

  const CargoSpec& spec() const { return spec_; }

  // Sends it and says what came of it. A send that failed can be repeated.
  absl::Status SendTo(const Sender& sender);

  // In the process that watches, or does not: drops what was to be sent.
  void DropFreight();
  // In a process that does not watch: drops the other ends.
  void DropWitnesses();

  // Whether `message` is this cargo: the numbers, the kinds, every byte.
  ::testing::AssertionResult IsWholeIn(const Message& message) const;
  // Where the other ends are: whether what it carries is connected with them.
  ::testing::AssertionResult WorksIn(Message& message);
  // Where the other ends are: whether no process holds any of it any more.
  // Waits for that.
  ::testing::AssertionResult IsGone();

  // How many messages lie in the queue of the receiver that it carries.
  static constexpr int kQueued = 3;
  // Message number `index` of these.
  static std::vector<std::byte> Queued(int index);
  Sender& sender_to_receiver() { return to_receiver_.sender; }

 private:
  struct Memory {
    SharedMemory shared;
    MutableMemory writable;
    ReadOnlyMemory read_only;
  };

  // Of its handles, in order.
  std::vector<HandleKind> Kinds() const;
  absl::Status AddMemory(Memory& memory, std::vector<HandleRef>& handles) const;

  CargoSpec spec_;
  std::vector<std::byte> payload_;
  ChannelPair from_sender_;  // the sender travels
  ChannelPair to_receiver_;  // the receiver travels
  ipc_channel_testing::Pipe pipe_;
  std::vector<UniqueFd> write_ends_;  // of the pipe; they travel
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DEATH_CARGO_H_
