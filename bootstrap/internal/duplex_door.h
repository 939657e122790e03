#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_DOOR_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_DOOR_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/duplex_listener_options.h"
#include "ipc_channel/bootstrap/internal/dropped_clients.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/bootstrap/listener.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// DuplexListener (bootstrap/duplex_listener.h), without the types; codes as
// there. A moved-from one can be assigned to and destroyed.
class DuplexDoor {
 public:
  static absl::StatusOr<DuplexDoor> Create(const DuplexListenerOptions& options,
                                           const DuplexContents& contents);

  const std::string& name() const { return name_; }

  absl::StatusOr<std::optional<RawDuplexClient>> TryAccept();
  absl::StatusOr<RawDuplexClient> AcceptUntil(absl::Time deadline,
                                              const std::stop_token& stop);

  absl::StatusOr<transport::BorrowedFd> waitable();
  absl::Time deadline();

 private:
  using Connections = Listener<DuplexOpening>;

  // A client that has not opened yet; its receiver is in `set_`.
  struct Silent {
    ReceiverSet::Id id;
    PeerIdentity peer;
    absl::Time until;
  };

  DuplexDoor() = default;

  absl::StatusOr<std::optional<RawDuplexClient>> TryAcceptOrThrow();
  absl::StatusOr<RawDuplexClient> AcceptOrThrow(absl::Time deadline,
                                                const std::stop_token& stop);
  absl::Status Wait(absl::Time deadline, const std::stop_token& stop);
  absl::StatusOr<bool> Look(absl::Time deadline);
  absl::Status OnConnection(ReceiverSet::Event& event);
  absl::Status OnOpening(ReceiverSet::Event& event);
  absl::Status Drop(const absl::Status& reason);
  absl::Status Welcome(Connections::Client client);
  void Open(DuplexOpening opening, Receiver<DuplexOpening> receiver,
            const PeerIdentity& peer);
  void DropLate();
  void DropOne();

  std::string name_;
  DuplexContents contents_;
  std::size_t max_openings_ = 0;
  absl::Duration opening_timeout_;
  ReceiverSet set_;
  ReceiverSet::Id connections_{};  // in `set_`
  absl::Status closed_;            // why there are no more, if there are not
  bool has_more_ = false;          // the last look ended before it had seen all
  std::deque<Silent> silent_;      // oldest first
  std::deque<RawDuplexClient> ready_;  // who have opened, and wait to be given
  DroppedClients dropped_;             // since the listener was made
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_DUPLEX_DOOR_H_
