#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_LISTENER_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_LISTENER_H_

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::internal {

// What the system does for a one-shot server: a name under which clients can
// connect, and the first of them to say something of use. Thread-compatible.
class OneShotListener {
 public:
  struct Accepted {
    transport::Receiver receiver;
    PeerIdentity peer;
  };

  // Takes the first message of a client if it is one to serve it for. Otherwise
  // says why not, and the client is dropped.
  using TakeFirst = absl::FunctionRef<absl::Status(transport::Message& first)>;

  OneShotListener() = default;
  OneShotListener(const OneShotListener&) = delete;
  OneShotListener& operator=(const OneShotListener&) = delete;
  virtual ~OneShotListener() = default;

  virtual const std::string& name() const = 0;

  // Codes as OneShotServer::Accept().
  virtual absl::StatusOr<Accepted> Accept(TakeFirst take_first,
                                          absl::Time deadline,
                                          const std::stop_token& stop) = 0;
};

// A listener over the back end the build chose; `limits` are those of every
// client's receiver. `name_prefix` as in OneShotServerOptions.
absl::StatusOr<std::unique_ptr<OneShotListener>> CreateOneShotListener(
    const transport::MessageLimits& limits, std::string_view name_prefix);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_ONE_SHOT_LISTENER_H_
