#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_DUPLEX_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_DUPLEX_H_

#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"

namespace ipc_channel::internal {

// OneShotDuplexServer::Accept() (bootstrap/one_shot_duplex_server.h), without
// the types.
absl::StatusOr<RawDuplexClient> AcceptOneDuplex(OneShotListener& listener,
                                                const DuplexContents& contents,
                                                absl::Time deadline,
                                                const std::stop_token& stop);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_DUPLEX_H_
