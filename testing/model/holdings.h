#ifndef IPC_CHANNEL_TESTING_MODEL_HOLDINGS_H_
#define IPC_CHANNEL_TESTING_MODEL_HOLDINGS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/testing/model/model.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

// A real thing and what it should be.
template <class Real, class Model>
struct Held {
  Real real;
  Model model;
};

using HeldSender = Held<ipc_channel::transport::Sender, ModelSender>;
using HeldReceiver = Held<ipc_channel::transport::Receiver, ModelReceiver>;
using HeldMemory = Held<ipc_channel::transport::Handle, ModelMemory>;
using HeldWriter = Held<ipc_channel::transport::MemoryWriter, ModelMemory>;
using HeldDescriptor = Held<ipc_channel::transport::UniqueFd, ModelDescriptor>;

// What a program holds of a transport. Thread-compatible.
struct Holdings {
  // So many of a kind; what arrives beyond is dropped.
  static constexpr std::size_t kMostOfAKind = 12;

  std::vector<HeldSender> senders;
  std::vector<HeldReceiver> receivers;
  std::vector<HeldMemory> memory;
  std::vector<HeldWriter> writers;
  std::vector<HeldDescriptor> descriptors;

  // Each makes something new, unless the system has no such thing; the status
  // if it fails.
  absl::Status AddMemory(ipc_channel::transport::HandleKind kind,
                         std::size_t size, std::uint64_t seed);
  absl::Status AddDescriptor();

  // Takes what `real` has, if it is what `model` says; INTERNAL, with the
  // difference in words, if not.
  absl::Status TakeMessage(ipc_channel::transport::Message& real,
                           ModelMessage model);

 private:
  absl::Status TakeHandle(ipc_channel::transport::Handle& real,
                          ModelHandle model);
};

// INTERNAL unless the bytes are those of the model.
absl::Status CompareMemory(const HeldMemory& memory);

// The number by which the system knows an open file.
std::uint64_t InodeOf(const ipc_channel::transport::UniqueFd& descriptor);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MODEL_HOLDINGS_H_
