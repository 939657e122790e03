#include <poll.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/admission.h"
#include "ipc_channel/bootstrap/internal/claimed_path.h"
#include "ipc_channel/bootstrap/internal/listening_socket.h"
#include "ipc_channel/bootstrap/internal/raw_listener.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::internal {
namespace {

// Once its deadline has passed, a call looks at no more clients than this that
// it refuses.
constexpr int kMostRefusedLate = 64;

// Where a listener is, and what keeps that for it: nothing if it is abstract.
struct Place {
  UnixAddress address;
  std::unique_ptr<ClaimedPath> path;
};

class UnixListenerLane final : public transport::ReceiverLane {
 public:
  UnixListenerLane(std::unique_ptr<ClaimedPath> path, ListeningSocket socket,
                   const ListenerOptions& options, PutClient put_client)
      : path_(std::move(path)),
        socket_(std::move(socket)),
        admission_(options, &IsSameUser),
        put_client_(put_client),
        process_(::getpid()) {}

  // The copy that a forked child has ends nothing.
  ~UnixListenerLane() override {
    if (process_ != ::getpid()) return;
    path_.reset();  // while the socket still answers to whoever looks
    socket_.RefuseAll();
  }

  absl::StatusOr<bool> Receive(transport::Message& message,
                               absl::Time deadline) override {
    int refused_late = 0;
    has_more_ = false;
    // To look first would cost who waits an attempt to accept nobody.
    while (deadline == absl::InfinitePast() || WaitUntil(deadline)) {
      absl::StatusOr<std::optional<ListeningSocket::Client>> client =
          socket_.AcceptNext();
      if (!client.ok()) return client.status();
      if (!client->has_value()) {
        if (deadline == absl::InfinitePast()) return false;
        continue;  // a copy of the socket, by a fork, took the client
      }
      const absl::StatusOr<bool> let_in = LetIn(**std::move(client), message);
      if (!let_in.ok() || *let_in) return let_in;
      const bool is_late = absl::Now() >= deadline;
      if (is_late && ++refused_late >= kMostRefusedLate) {
        has_more_ = true;
        return false;
      }
    }
    return false;
  }
  // Who waits for news of the descriptor would not hear of those that have been
  // there all the time.
  absl::Time Deadline() override {
    return has_more_ ? absl::InfinitePast() : absl::InfiniteFuture();
  }

  transport::BorrowedFd descriptor() const override {
    return socket_.descriptor();
  }
  bool CanTravel() const override { return false; }

 private:
  bool WaitUntil(absl::Time deadline) const {
    return transport::unix_backend::WaitFor(socket_.descriptor(), POLLIN,
                                            deadline);
  }

  absl::StatusOr<bool> LetIn(ListeningSocket::Client client,
                             transport::Message& message) {
    absl::StatusOr<std::shared_ptr<const void>> seat =
        admission_.Admit(client.peer);
    if (!seat.ok()) return false;
    transport::Receiver receiver =
        transport::OwnUnixReceiver(std::move(client.socket));
    receiver.lane()->Accompany(*std::move(seat));
    absl::Status put = put_client_(std::move(receiver), client.peer, message);
    if (!put.ok()) return put;
    return true;
  }

  std::unique_ptr<ClaimedPath> path_;
  ListeningSocket socket_;
  Admission admission_;
  const PutClient put_client_;
  bool has_more_ = false;  // the last look ended before it had seen all
  const int process_;      // whose it is
};

absl::StatusOr<Place> AtPath(
    absl::StatusOr<std::unique_ptr<ClaimedPath>> path) {
  if (!path.ok()) return path.status();
  const ServerName name = {.kind = ServerName::Kind::kPath,
                           .text = (*path)->path()};
  return Place{.address = UnixAddress(name), .path = *std::move(path)};
}

absl::StatusOr<Place> FindPlace(const std::string& wanted) {
  const absl::StatusOr<ServerName> name = ParseWantedName(wanted);
  if (!name.ok()) return name.status();
  if (name->kind == ServerName::Kind::kMach) return NameOfAnotherSystem();
  if (name->kind == ServerName::Kind::kPath) {
    return AtPath(name->text.empty() ? ClaimedPath::InPrivateFolder()
                                     : ClaimedPath::Claim(name->text));
  }
  if (!name->text.empty()) return Place{.address = UnixAddress(*name)};
  absl::StatusOr<UnixAddress> random = UnixAddress::Random();
  if (!random.ok()) return random.status();
  return Place{.address = *std::move(random)};
}

absl::StatusOr<RawListener> CreateOrThrow(const ListenerOptions& options,
                                          PutClient put_client) {
  absl::StatusOr<Place> place = FindPlace(options.name);
  if (!place.ok()) return place.status();
  absl::StatusOr<ListeningSocket> socket = ListeningSocket::Open(
      place->address, options.backlog, options.path_permissions);
  if (!socket.ok()) return socket.status();
  if (place->path != nullptr) place->path->NoteSocket();
  return RawListener{
      .name = place->address.name(),
      .clients = transport::Receiver(std::make_unique<UnixListenerLane>(
          std::move(place->path), *std::move(socket), options, put_client))};
}

}  // namespace

absl::StatusOr<RawListener> CreateRawListener(const ListenerOptions& options,
                                              PutClient put_client) {
  return transport::OrOutOfMemory(
      [&] { return CreateOrThrow(options, put_client); });
}

}  // namespace ipc_channel::internal
