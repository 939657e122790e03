#include "ipc_channel/bootstrap/internal/duplex_opening.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/other_types.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel::internal {

absl::StatusOr<RawDuplex> RawConnectDuplex(std::string_view name,
                                           const ConnectOptions& options,
                                           const DuplexContents& contents) {
  absl::StatusOr<transport::Sender> connection = RawConnect(name, options);
  if (!connection.ok()) return connection.status();
  absl::StatusOr<transport::ChannelPair> back = transport::CreateChannel();
  if (!back.ok()) return back.status();
  DuplexOpening opening = {
      {.to_server = contents.to_server,
       .to_client = OpaqueSender(std::move(back->sender), contents.to_client)}};
  // Moved away: a copy kept here would keep the way back open for ever.
  absl::Status sent =
      SendValue(*connection, opening, Lending::kMove, options.deadline);
  if (!sent.ok()) return sent;
  return RawDuplex{*std::move(connection), std::move(back->receiver)};
}

absl::StatusOr<transport::Sender> TakeWayBack(DuplexOpening& opening,
                                              const DuplexContents& contents) {
  OpaqueSender& way_back = opening->to_client;
  if (opening->to_server == contents.to_server &&
      way_back.fingerprint() == contents.to_client) {
    return std::move(way_back.raw());
  }
  TellBuiltWithOtherTypes(way_back.raw(), way_back.fingerprint());
  return absl::InvalidArgumentError(
      "it was built with other definitions of what goes through the "
      "connection");
}

}  // namespace ipc_channel::internal
