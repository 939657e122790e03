#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_ADMISSION_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_ADMISSION_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/listener_options.h"
#include "ipc_channel/bootstrap/peer_identity.h"

namespace ipc_channel::internal {

// Which clients a listener lets in: those its policy agrees to, while there are
// seats. Thread-compatible; seats are given back from any thread.
class Admission {
 public:
  // `is_own_user` decides where the options have no policy.
  Admission(const ListenerOptions& options,
            bool (*is_own_user)(const PeerIdentity&));

  // A seat for `client`, which is given back when the last copy of the pointer
  // is destroyed. PERMISSION_DENIED if the policy says no, RESOURCE_EXHAUSTED
  // if every seat, or every one of that user's, is taken.
  absl::StatusOr<std::shared_ptr<const void>> Admit(const PeerIdentity& client);

 private:
  class Seats;
  class Seat;

  const std::function<bool(const PeerIdentity&)> policy_;
  const std::shared_ptr<Seats> seats_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_ADMISSION_H_
