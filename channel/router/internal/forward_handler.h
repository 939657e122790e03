#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_FORWARD_HANDLER_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_FORWARD_HANDLER_H_

#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/typed_handler.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::router_internal {

// Sends each message on as it came, with its handles. Never waits: holds one
// message while there is no room for it. What the system has no means to send
// for about a second is lost.
class ForwardHandler final : public Handler {
 public:
  using Undeliverable = absl::AnyInvocable<void(absl::Status)>;

  ForwardHandler(transport::Sender to, Undeliverable undeliverable,
                 ClosedCallback closed)
      : to_(std::move(to)),
        undeliverable_(std::move(undeliverable)),
        closed_(std::move(closed)) {}

  Verdict OnMessage(const absl::Status& status,
                    transport::Message& message) override;
  Verdict OnRoom(bool was_ready) override;
  RoomWait WaitForRoom() override { return wait_; }
  void OnClosed(absl::Status why) override;

 private:
  absl::Status TrySend(transport::Message& message);
  Verdict Forward(transport::Message& message);
  Verdict Hold(transport::Message& message, RoomWait wait);
  Verdict Lose(const absl::Status& why);
  RoomWait WaitForFullSender();

  const transport::Sender to_;
  Undeliverable undeliverable_;
  ClosedCallback closed_;
  std::vector<transport::HandleRef> lent_;  // kept for its memory
  transport::Message held_;
  int shortages_ = 0;  // that the message at hand has met
  bool trusts_descriptor_ = true;
  RoomWait wait_;
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_FORWARD_HANDLER_H_
