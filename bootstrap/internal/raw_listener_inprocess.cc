#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/admission.h"
#include "ipc_channel/bootstrap/internal/inprocess_registry.h"
#include "ipc_channel/bootstrap/internal/raw_listener.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

bool IsOwnUser(const PeerIdentity&) { return true; }

// A channel in which each message is the receiver of a client: what
// RawConnect() sends. The registry has its only sender.
class InprocessListenerLane final : public transport::ReceiverLane {
 public:
  InprocessListenerLane(std::string name, transport::Receiver inbox,
                        const ListenerOptions& options, PutClient put_client)
      : name_(std::move(name)),
        inbox_(std::move(inbox)),
        admission_(options, &IsOwnUser),
        put_client_(put_client) {}
  ~InprocessListenerLane() override { WithdrawInprocess(name_); }

  absl::StatusOr<bool> Receive(transport::Message& message,
                               absl::Time deadline) override {
    // To the end, for a set looks again only when somebody comes.
    while (true) {
      const absl::StatusOr<bool> received =
          inbox_.lane()->Receive(message, deadline);
      if (!received.ok() || !*received) return received;
      const absl::StatusOr<bool> let_in = LetIn(message);
      if (!let_in.ok() || *let_in) return let_in;
    }
  }

  transport::BorrowedFd descriptor() const override {
    return transport::BorrowedFd();
  }
  bool SetReadyListener(std::shared_ptr<transport::ReadyListener> listener,
                        std::uint64_t token) override {
    return inbox_.lane()->SetReadyListener(std::move(listener), token);
  }
  absl::StatusOr<transport::BorrowedFd> Waitable() override {
    return inbox_.lane()->Waitable();
  }
  absl::Time Deadline() override { return inbox_.lane()->Deadline(); }

 private:
  absl::StatusOr<bool> LetIn(transport::Message& message) {
    auto receiver =
        std::get<transport::Receiver>(std::move(message.handles().front()));
    message.Clear();
    const PeerIdentity nobody;
    absl::StatusOr<std::shared_ptr<const void>> seat = admission_.Admit(nobody);
    if (!seat.ok()) return false;
    receiver.lane()->Accompany(*std::move(seat));
    absl::Status put = put_client_(std::move(receiver), nobody, message);
    if (!put.ok()) return put;
    return true;
  }

  const std::string name_;
  transport::Receiver inbox_;
  Admission admission_;
  const PutClient put_client_;
};

absl::StatusOr<RawListener> CreateOrThrow(const ListenerOptions& options,
                                          PutClient put_client) {
  const absl::StatusOr<ServerName> wanted = ParseWantedName(options.name);
  if (!wanted.ok()) return wanted.status();
  const std::string name =
      wanted->text.empty() ? NewInprocessName() : wanted->ToString();
  absl::StatusOr<transport::ChannelPair> inbox =
      transport::CreateInprocessChannel(
          {.capacity =
               transport::ChannelCapacity{.messages = static_cast<std::size_t>(
                                              std::max(options.backlog, 1))}});
  if (!inbox.ok()) return inbox.status();
  absl::Status announced = AnnounceInprocess(name, std::move(inbox->sender));
  if (!announced.ok()) return announced;
  return RawListener{
      .name = name,
      .clients = transport::Receiver(std::make_unique<InprocessListenerLane>(
          name, std::move(inbox->receiver), options, put_client))};
}

}  // namespace

absl::StatusOr<RawListener> CreateRawListener(const ListenerOptions& options,
                                              PutClient put_client) {
  return transport::OrOutOfMemory(
      [&] { return CreateOrThrow(options, put_client); });
}

}  // namespace ipc_channel::internal
