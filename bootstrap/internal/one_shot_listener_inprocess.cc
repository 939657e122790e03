#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/dropped_clients.h"
#include "ipc_channel/bootstrap/internal/inprocess_registry.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"

namespace ipc_channel::internal {

namespace {

// One client at a time: its channel was made before it came, and if it leaves
// without having said anything of use, another is made for the next one.
class InprocessListener final : public OneShotListener {
 public:
  explicit InprocessListener(const transport::MessageLimits& limits)
      : name_(NewInprocessName()), limits_(limits) {}
  ~InprocessListener() override { TakeInprocess(name_); }

  const std::string& name() const override { return name_; }

  absl::Status OfferChannel() {
    absl::StatusOr<transport::ChannelPair> pair =
        transport::CreateInprocessChannel(
            {.max_message_bytes = limits_.bytes,
             .max_message_handles = limits_.handles});
    if (!pair.ok()) return pair.status();
    receiver_ = std::move(pair->receiver);
    OfferInprocess(name_, std::move(pair->sender));
    return absl::OkStatus();
  }

  absl::StatusOr<Accepted> Accept(TakeFirst take_first, absl::Time deadline,
                                  const std::stop_token& stop) override {
    if (!receiver_.valid()) {
      return absl::FailedPreconditionError("the one-shot server is used up");
    }
    transport::Message first;
    while (true) {
      absl::Status status = receiver_.Receive(first, deadline, stop);
      if (absl::IsDeadlineExceeded(status)) return dropped_.NobodyInTime();
      if (absl::IsCancelled(status)) return status;
      if (status.ok()) status = take_first(first);
      if (status.ok()) return Accepted{std::move(receiver_), PeerIdentity()};
      dropped_.Add(std::move(status));
      absl::Status offered = OfferChannel();
      if (!offered.ok()) return offered;
    }
  }

 private:
  const std::string name_;
  const transport::MessageLimits limits_;
  transport::Receiver receiver_;
  DroppedClients dropped_;  // since the server was made
};

}  // namespace

absl::StatusOr<std::unique_ptr<OneShotListener>> CreateOneShotListener(
    const transport::MessageLimits& limits, std::string_view /*name_prefix*/) {
  auto listener = std::make_unique<InprocessListener>(limits);
  absl::Status offered = listener->OfferChannel();
  if (!offered.ok()) return offered;
  return listener;
}

}  // namespace ipc_channel::internal
