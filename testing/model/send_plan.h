#ifndef IPC_CHANNEL_TESTING_MODEL_SEND_PLAN_H_
#define IPC_CHANNEL_TESTING_MODEL_SEND_PLAN_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/model/holdings.h"
#include "ipc_channel/testing/model/model.h"
#include "ipc_channel/transport/handle.h"

namespace ipc_channel_testing {

// The handles of one send, chosen by the input out of what is held, which must
// not change until the plan is settled. Thread-compatible.
class SendPlan {
 public:
  // `target`: where they will lie; null for a channel outside the model.
  SendPlan(FuzzInput& input, Holdings& holdings, const ModelChannel* target);

  std::span<const ipc_channel::transport::HandleRef> handles() const {
    return lent_;
  }

  // In words.
  std::string Describe() const;

  // The send has succeeded: what it consumed is no longer held. Appends what
  // was sent to `sent`. INTERNAL if something consumed is still there.
  absl::Status Succeeded(std::vector<ModelHandle>& sent);

  // The send has failed. INTERNAL if something is no longer there.
  absl::Status Failed() const;

 private:
  struct Choice {
    ipc_channel::transport::HandleKind kind;
    std::size_t index = 0;  // among those held
    bool consumed = false;
  };

  void ChooseOne(FuzzInput& input, const ModelChannel* target);
  void ChooseMany(FuzzInput& input);
  void Choose(Choice choice);
  bool IsConsumed(const Choice& choice) const;
  bool MayTravel(const HeldReceiver& receiver,
                 const ModelChannel* target) const;
  ipc_channel::transport::HandleRef Lend(const Choice& choice) const;
  ModelHandle ModelOf(const Choice& choice) const;
  bool IsEmptyMemory(const Choice& choice) const;
  bool IsThere(const Choice& choice) const;
  void Forget(const Choice& choice);

  Holdings& holdings_;
  std::vector<Choice> choices_;
  std::vector<ipc_channel::transport::HandleRef> lent_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MODEL_SEND_PLAN_H_
