#ifndef IPC_CHANNEL_TESTING_MODEL_MODEL_H_
#define IPC_CHANNEL_TESTING_MODEL_MODEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/handle.h"

namespace ipc_channel_testing {

// What the transport promises, as a program without any transport: channels are
// queues, and ends are counted wherever they are, in a program's hands or in a
// queue. Everything here is thread-compatible.
//
// There must be no ring of receivers, each queued in the next one's channel:
// such a ring would own itself. WouldCloseRing() tells.

struct ModelMessage;

struct ModelChannel {
  // A list, because its elements are declared only.
  std::list<ModelMessage> queue;
  int senders = 0;  // everywhere
  bool has_receiver = false;
  // In whose queue the receiver lies; null if in none.
  ModelChannel* queued_in = nullptr;
  // What was asked for when it was made.
  std::optional<ipc_channel::transport::ChannelCapacity> capacity;

  // A receive gives something: a message or the end.
  bool IsReady() const;
};

using ModelChannelPtr = std::shared_ptr<ModelChannel>;

// A hold on the sending end.
class ModelSender {
 public:
  explicit ModelSender(ModelChannelPtr channel);
  ModelSender(const ModelSender& other) : ModelSender(other.channel_) {}
  ModelSender(ModelSender&& other) noexcept = default;
  ModelSender& operator=(ModelSender other) noexcept {
    channel_.swap(other.channel_);
    return *this;
  }
  ~ModelSender();

  ModelChannel& channel() const { return *channel_; }

 private:
  ModelChannelPtr channel_;  // null when moved from
};

// The receiving end. Its destruction drops what is queued.
class ModelReceiver {
 public:
  explicit ModelReceiver(ModelChannelPtr channel);
  ModelReceiver(ModelReceiver&& other) noexcept = default;
  ModelReceiver& operator=(ModelReceiver&& other) noexcept {
    channel_.swap(other.channel_);
    return *this;
  }
  ~ModelReceiver();

  ModelChannel& channel() const { return *channel_; }

 private:
  ModelChannelPtr channel_;  // null when moved from
};

// A block of memory of any kind: who writes through one holder writes for all.
struct ModelMemory {
  ipc_channel::transport::HandleKind kind =
      ipc_channel::transport::HandleKind::kSharedMemory;
  std::shared_ptr<std::vector<std::byte>> bytes;
};

// An open file, by its number in the system.
struct ModelDescriptor {
  std::uint64_t inode = 0;
};

using ModelHandle =
    std::variant<ModelSender, ModelReceiver, ModelMemory, ModelDescriptor>;

struct ModelMessage {
  // The payload is Pattern(size, seed) of transport_helpers.h.
  std::size_t size = 0;
  std::uint64_t seed = 0;
  std::vector<ModelHandle> handles;
};

// Puts `message` into the queue of `channel`, which has a receiver.
void Enqueue(ModelChannel& channel, ModelMessage message);
// Takes the first one out.
ModelMessage Dequeue(ModelChannel& channel);

// True if `receiver` would lie in a queue that lies in its own.
bool WouldCloseRing(const ModelReceiver& receiver, const ModelChannel& in);

// How many queues a message sent to `channel` lies in.
int DepthOf(const ModelChannel& channel);
// How many queues lie in that of `channel`, itself included.
int DepthBelow(const ModelChannel& channel);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MODEL_MODEL_H_
