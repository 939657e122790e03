#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_VICTIM_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_VICTIM_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"

namespace ipc_channel_hostile {

// What a victim makes of what comes: it looks at all of it, uses every handle,
// and counts. Anything but messages, DATA_LOSS and the end is a test failure.
class Tally {
 public:
  explicit Tally(int round) : round_(round) {}

  // `status` with `message`, as Receiver::Receive() gives them.
  void Count(const absl::Status& status,
             ipc_channel::transport::Message& message);

  // The good message, or the end of the channel.
  bool is_concluded() const { return is_good_ || is_ended_; }
  bool is_good() const { return is_good_; }
  int events() const { return dropped_ + messages_; }

  // Success if it agrees with what the peer says it did.
  ::testing::AssertionResult Agrees(const Account& account) const;

 private:
  void CountMessage(ipc_channel::transport::Message& message);

  const int round_;
  int dropped_ = 0;
  int messages_ = 0;
  bool is_good_ = false;
  bool is_ended_ = false;
};

enum class Manner { kForEver, kUntilDeadline, kPolling };

// One receive in this manner. May give DEADLINE_EXCEEDED: call again.
absl::Status ReceiveIn(Manner manner,
                       ipc_channel::transport::Receiver& receiver,
                       ipc_channel::transport::Message& message);

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_VICTIM_H_
