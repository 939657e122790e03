#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_OPENING_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_OPENING_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// What goes through the two directions of a connection: ContentFingerprint() of
// each.
struct DuplexContents {
  std::uint64_t to_server = 0;
  std::uint64_t to_client = 0;
};

template <class ToServer, class ToClient>
constexpr DuplexContents DuplexContentsOf() {
  return {.to_server = ContentFingerprint<ToServer>(),
          .to_client = ContentFingerprint<ToClient>()};
}

// The first message of a client that connects for both directions. All that
// follows on the connection is of the type that `to_server` stands for.
struct DuplexOpeningFields {
  std::uint64_t to_server = 0;
  OpaqueSender to_client;
};
using DuplexOpening =
    serialize::Named<"ipc_channel.DuplexOpening", DuplexOpeningFields>;

// The client's side, without its types.
struct RawDuplex {
  transport::Sender sender;
  transport::Receiver receiver;
};

// ConnectDuplex() (bootstrap/connect_duplex.h), without the types. Thread-safe.
absl::StatusOr<RawDuplex> RawConnectDuplex(std::string_view name,
                                           const ConnectOptions& options,
                                           const DuplexContents& contents);

// A client that has opened, as its server has it.
struct RawDuplexClient {
  transport::Receiver receiver;
  transport::Sender sender;
  PeerIdentity peer;
};

// The way back to the client, if it was built with the same definitions as
// `contents`. INVALID_ARGUMENT if not: then it has been told, as far as that is
// possible without waiting.
absl::StatusOr<transport::Sender> TakeWayBack(DuplexOpening& opening,
                                              const DuplexContents& contents);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_OPENING_H_
