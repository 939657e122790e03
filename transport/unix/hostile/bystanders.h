#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDERS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDERS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_hostile {

// Channels to an honest process and back, which answers every question. No
// attack may cost a single round trip.
struct Bystander {
  ipc_channel::transport::Sender questions;
  ipc_channel::transport::Receiver answers;
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;

  absl::Status Ask();
  // Takes the answer to the last question, or says what is wrong with it.
  absl::Status TakeAnswer(const ipc_channel::transport::Message& message);
};

struct Bystanders {
  ipc_channel_testing::ChildProcess process;
  std::vector<Bystander> all;
};

absl::StatusOr<Bystanders> StartBystanders(int count);

// Goes to and fro with one bystander on a thread of its own, alone, until it
// is destroyed. `bystander` is borrowed.
class LoneRoundTrips {
 public:
  explicit LoneRoundTrips(Bystander& bystander);
  LoneRoundTrips(const LoneRoundTrips&) = delete;
  LoneRoundTrips& operator=(const LoneRoundTrips&) = delete;
  ~LoneRoundTrips() { Stop().IgnoreError(); }

  // What went wrong, if anything did.
  absl::Status Stop();

 private:
  void Run();

  Bystander& bystander_;
  std::atomic<bool> is_stopped_ = false;
  absl::Status status_;
  std::thread thread_;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDERS_H_
