#include <mach/mach.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/admission.h"
#include "ipc_channel/bootstrap/internal/mach_name.h"
#include "ipc_channel/bootstrap/internal/own_user.h"
#include "ipc_channel/bootstrap/internal/raw_listener.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/internal/service_port.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/mach/port_lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::Kqueue;

// Once its deadline has passed, a call looks at no more clients than this that
// it refuses.
constexpr int kMostRefusedLate = 64;

absl::Status ForkedCopy() {
  return absl::FailedPreconditionError(
      "a forked child's copy of a listener: ports are not inherited");
}

class MachListenerLane final : public transport::mach_backend::PortLane {
 public:
  MachListenerLane(ServicePort service, const ListenerOptions& options,
                   PutClient put_client)
      : service_(std::move(service)),
        admission_(options, &IsOwnUser),
        put_client_(put_client) {}

  absl::StatusOr<bool> Receive(transport::Message& message,
                               absl::Time deadline) override {
    if (!service_.valid()) return ForkedCopy();
    int refused_late = 0;
    has_more_ = false;
    while (true) {
      absl::StatusOr<ServicePort::Visit> visit = service_.Next(deadline);
      if (!visit.ok()) return visit.status();
      if (std::holds_alternative<ServicePort::Nobody>(*visit)) return false;
      if (auto* client = std::get_if<ServicePort::Client>(&*visit)) {
        const absl::StatusOr<bool> let_in = LetIn(std::move(*client), message);
        if (!let_in.ok() || *let_in) return let_in;
      }
      const bool is_late = absl::Now() >= deadline;
      if (is_late && ++refused_late >= kMostRefusedLate) {
        has_more_ = true;
        return false;
      }
    }
  }

  // Who waits for news of the descriptor would not hear of those that have been
  // there all the time.
  absl::Time Deadline() override {
    return has_more_ ? absl::InfinitePast() : absl::InfiniteFuture();
  }

  transport::BorrowedFd descriptor() const override {
    return transport::BorrowedFd();
  }

  absl::StatusOr<transport::BorrowedFd> Waitable() override {
    if (!service_.valid()) return ForkedCopy();
    if (!kqueue_.has_value()) {
      absl::StatusOr<Kqueue> made = Kqueue::Create();
      if (!made.ok()) return made.status();
      absl::Status watched = made->WatchPort(port(), 0);
      if (!watched.ok()) return watched;
      kqueue_.emplace(*std::move(made));
    }
    return kqueue_->descriptor();
  }

  mach_port_name_t port() const override { return service_.port(); }
  bool has_ended() const override { return false; }

 private:
  absl::StatusOr<bool> LetIn(ServicePort::Client client,
                             transport::Message& message) {
    absl::StatusOr<std::shared_ptr<const void>> seat =
        admission_.Admit(client.peer);
    if (!seat.ok()) return false;
    client.receiver.lane()->Accompany(*std::move(seat));
    absl::Status put =
        put_client_(std::move(client.receiver), client.peer, message);
    if (!put.ok()) return put;
    return true;
  }

  ServicePort service_;
  Admission admission_;
  const PutClient put_client_;
  bool has_more_ = false;         // the last look ended before it had seen all
  std::optional<Kqueue> kqueue_;  // once asked for
};

absl::StatusOr<RawListener> CreateOrThrow(const ListenerOptions& options,
                                          PutClient put_client) {
  const absl::StatusOr<ServerName> name =
      WantedMachName(options.name, options.name_prefix);
  if (!name.ok()) return name.status();
  absl::StatusOr<ServicePort> service =
      ServicePort::Open(*name, options.backlog);
  if (!service.ok()) return service.status();
  return RawListener{
      .name = name->ToString(),
      .clients = transport::Receiver(std::make_unique<MachListenerLane>(
          *std::move(service), options, put_client))};
}

}  // namespace

absl::StatusOr<RawListener> CreateRawListener(const ListenerOptions& options,
                                              PutClient put_client) {
  return transport::OrOutOfMemory(
      [&] { return CreateOrThrow(options, put_client); });
}

}  // namespace ipc_channel::internal
