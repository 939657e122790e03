#ifndef IPC_CHANNEL_TESTING_MODEL_MODEL_DRIVER_H_
#define IPC_CHANNEL_TESTING_MODEL_MODEL_DRIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/model/holdings.h"
#include "ipc_channel/testing/model/model.h"
#include "ipc_channel/testing/model/send_plan.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel_testing {

// The transport to drive.
struct ModelSubject {
  // Makes a new channel, as CreateChannel() does.
  std::function<absl::StatusOr<ipc_channel::transport::ChannelPair>(
      const ipc_channel::transport::ChannelOptions&)>
      create;

  // How many messages of any size a channel made without options is sure to
  // take.
  std::size_t default_capacity = 1;

  // Sends a message round through other processes, which keep nothing of it:
  // as a send, with what came back in `out`. Absent where there are none.
  std::function<absl::Status(
      std::span<const std::byte> payload,
      std::span<const ipc_channel::transport::HandleRef> handles,
      ipc_channel::transport::Message& out)>
      carry;
};

// Does what an input says with channels and everything that travels over them,
// and compares each result with the model (model.h). Waits at no place for more
// than a millisecond unless the model says that there is nothing to wait for.
// One object, one run. Thread-compatible.
class ModelDriver {
 public:
  explicit ModelDriver(const ModelSubject& subject) : subject_(subject) {}

  // Runs until the input is used up, `most_operations` at most, then drops
  // everything. INTERNAL, with all that was done, if the transport did
  // something else than the model.
  absl::Status Run(FuzzInput input, std::size_t most_operations);

 private:
  using ReceiverSet = ipc_channel::transport::ReceiverSet;
  using Operation = absl::Status (ModelDriver::*)(FuzzInput&);

  // A set and who is in it.
  struct Set {
    ReceiverSet real;
    std::map<ReceiverSet::Id, ModelReceiver> members;
  };

  absl::Status DoOne(FuzzInput& input);
  void DropAll(FuzzInput& input);

  absl::Status MakeChannel(FuzzInput& input);
  absl::Status MakeThing(FuzzInput& input);
  absl::Status CloneSender(FuzzInput& input);
  absl::Status DropThing(FuzzInput& input);
  absl::Status Send(FuzzInput& input);
  absl::Status Fill(FuzzInput& input);
  absl::Status SendWrongly(FuzzInput& input);
  absl::Status Carry(FuzzInput& input);
  absl::Status Receive(FuzzInput& input);
  absl::Status LookAtWaitable(FuzzInput& input);
  absl::Status AddToSet(FuzzInput& input);
  absl::Status RemoveFromSet(FuzzInput& input);
  absl::Status WaitForSet(FuzzInput& input);
  absl::Status DrainSet(FuzzInput& input);
  absl::Status DropSet(FuzzInput& input);
  absl::Status WriteMemory(FuzzInput& input);

  absl::Status SendPlanned(const HeldSender& by, ModelMessage message,
                           SendPlan& plan, absl::Time deadline);
  absl::Status CheckRefusal(const absl::Status& status,
                            const ModelChannel& channel,
                            const ModelMessage& message,
                            std::size_t handles) const;
  bool MustFit(const ModelChannel& channel, const ModelMessage& message,
               std::size_t handles) const;
  absl::Status CheckReceived(const absl::StatusOr<bool>& received,
                             ModelChannel& channel);
  absl::Status CheckEvent(ReceiverSet::Event& event, Set& set);
  absl::StatusOr<std::size_t> WaitOnce(Set& set, std::size_t most);

  ModelMessage NewMessage(FuzzInput& input);
  void Note(std::string_view what);

  const ModelSubject& subject_;
  Holdings holdings_;
  std::array<Set, 2> sets_;
  ipc_channel::transport::Message message_;
  std::uint64_t last_seed_ = 0;
  std::vector<std::string> done_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MODEL_MODEL_DRIVER_H_
