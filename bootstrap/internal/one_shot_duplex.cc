#include "ipc_channel/bootstrap/internal/one_shot_duplex.h"

#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

absl::StatusOr<RawDuplexClient> AcceptOneDuplex(OneShotListener& listener,
                                                const DuplexContents& contents,
                                                absl::Time deadline,
                                                const std::stop_token& stop) {
  transport::Sender sender;
  const auto take_first = [&](transport::Message& message) {
    absl::StatusOr<DuplexOpening> opening = DecodeValue<DuplexOpening>(message);
    if (!opening.ok()) return opening.status();
    absl::StatusOr<transport::Sender> way_back =
        TakeWayBack(*opening, contents);
    if (way_back.ok()) sender = *std::move(way_back);
    return way_back.status();
  };
  absl::StatusOr<OneShotListener::Accepted> accepted =
      listener.Accept(take_first, deadline, stop);
  if (!accepted.ok()) return accepted.status();
  return RawDuplexClient{.receiver = std::move(accepted->receiver),
                         .sender = std::move(sender),
                         .peer = accepted->peer};
}

}  // namespace ipc_channel::internal
