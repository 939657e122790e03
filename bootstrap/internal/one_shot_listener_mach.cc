#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/dropped_clients.h"
#include "ipc_channel/bootstrap/internal/mach_name.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/bootstrap/internal/own_user.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/internal/service_port.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::Kqueue;

// Clients that have come and have not been taken.
constexpr int kBacklog = 128;

// Clients that have been taken and have not sent anything yet. Beyond it one is
// dropped, so that a flood of silent ones cannot keep others out.
constexpr std::size_t kMaxSilentClients = 64;

// What has arrived by the deadline is still looked at, but a flood of clients
// cannot hold the server for longer than this many of them.
constexpr int kMaxLateRounds = 2 * kBacklog;

// What the event queue calls the service port; clients have higher numbers.
constexpr std::uint64_t kService = 0;

class MachListener final : public OneShotListener {
 public:
  MachListener(std::string name, ServicePort service, Kqueue kqueue,
               const transport::MessageLimits& limits)
      : name_(std::move(name)),
        service_(std::move(service)),
        kqueue_(std::move(kqueue)),
        limits_(limits) {}

  const std::string& name() const override { return name_; }

  absl::StatusOr<Accepted> Accept(TakeFirst take_first, absl::Time deadline,
                                  const std::stop_token& stop) override {
    if (!service_.valid()) {
      return absl::FailedPreconditionError(
          "the one-shot server is used up, or a forked child's copy");
    }
    const std::stop_callback ring(stop, [this] { kqueue_.Ring(); });
    return AcceptUntil(take_first, deadline, stop);
  }

 private:
  struct Silent {
    std::uint64_t id;
    ServicePort::Client client;
  };
  using Tokens = std::array<std::uint64_t, kMaxSilentClients + 1>;

  absl::StatusOr<Accepted> AcceptUntil(TakeFirst take_first,
                                       absl::Time deadline,
                                       const std::stop_token& stop) {
    int late_rounds = 0;
    while (true) {
      Tokens tokens;
      const absl::StatusOr<Kqueue::Events> events =
          kqueue_.Wait(tokens, deadline);
      if (stop.stop_requested()) {
        return absl::CancelledError("the caller asked to stop");
      }
      if (!events.ok()) return events.status();
      const bool is_late = absl::Now() >= deadline;
      if (is_late && (events->ports == 0 || ++late_rounds > kMaxLateRounds)) {
        return dropped_.NobodyInTime();
      }
      absl::StatusOr<std::optional<Accepted>> served =
          ServeOne(std::span(tokens).first(events->ports), take_first);
      if (!served.ok()) return served.status();
      if (!served->has_value()) continue;
      silent_.clear();
      service_ = ServicePort();
      return **std::move(served);
    }
  }

  // Reads from the clients that have something to say, then takes a new one;
  // gives the first whose message was taken and drops those that had something
  // else.
  absl::StatusOr<std::optional<Accepted>> ServeOne(
      std::span<const std::uint64_t> tokens, TakeFirst take_first) {
    for (const std::uint64_t id : tokens) {
      if (id != kService && Hear(id, take_first)) return Served(id);
    }
    if (std::ranges::find(tokens, kService) == tokens.end()) {
      return std::nullopt;
    }
    absl::Status taken = TakeClient();
    if (!taken.ok()) return taken;
    // Most have sent by the time that they are taken.
    if (Hear(last_id_, take_first)) return Served(last_id_);
    return std::nullopt;
  }

  std::deque<Silent>::iterator Find(std::uint64_t id) {
    return std::ranges::find(silent_, id, &Silent::id);
  }

  Accepted Served(std::uint64_t id) {
    ServicePort::Client client = std::move(Find(id)->client);
    kqueue_.ForgetPort(client.port);
    return {std::move(client.receiver), client.peer};
  }

  // Reads from a client, if it is there, who is no longer there after nonsense.
  // True if this is the one to serve.
  bool Hear(std::uint64_t id, TakeFirst take_first) {
    const auto at = Find(id);
    if (at == silent_.end()) return false;
    transport::Message first;
    const absl::StatusOr<bool> received = at->client.receiver.TryReceive(first);
    if (received.ok() && !*received) return false;
    absl::Status status = received.ok() ? take_first(first) : received.status();
    if (status.ok()) return true;
    Drop(at, std::move(status));
    return false;
  }

  void Drop(std::deque<Silent>::iterator at, absl::Status reason) {
    dropped_.Add(std::move(reason));
    silent_.erase(at);
  }

  // OK if there was nobody, or nobody to let in.
  absl::Status TakeClient() {
    absl::StatusOr<ServicePort::Visit> visit =
        service_.Next(absl::InfinitePast());
    // Silent clients are not to have the memory that another one needs.
    if (absl::IsResourceExhausted(visit.status()) && DropSurplus()) {
      dropped_.Add(visit.status());
      return absl::OkStatus();
    }
    if (!visit.ok()) return visit.status();
    if (auto* refused = std::get_if<absl::Status>(&*visit)) {
      dropped_.Add(std::move(*refused));
      return absl::OkStatus();
    }
    auto* client = std::get_if<ServicePort::Client>(&*visit);
    if (client == nullptr) return absl::OkStatus();
    if (!IsOwnUser(client->peer)) {
      dropped_.Add(absl::PermissionDeniedError("it belongs to another user"));
      return absl::OkStatus();
    }
    return Keep(std::move(*client));
  }

  absl::Status Keep(ServicePort::Client client) {
    client.receiver.SetMaxMessageBytes(limits_.bytes);
    client.receiver.SetMaxMessageHandles(limits_.handles);
    if (silent_.size() >= kMaxSilentClients) DropOne(/*least=*/1);
    absl::Status watched = kqueue_.WatchPort(client.port, last_id_ + 1);
    if (!watched.ok()) return watched;
    silent_.push_back({++last_id_, std::move(client)});
    return absl::OkStatus();
  }

  // Drops all clients but one of each process; false if there were no others.
  bool DropSurplus() {
    const std::size_t before = silent_.size();
    while (DropOne(/*least=*/2)) {
    }
    return silent_.size() < before;
  }

  // Drops the oldest client of the process that has most of them: one that
  // floods the server pushes out its own. Not if that has less than `least`.
  bool DropOne(std::ptrdiff_t least) {
    const auto pid_of = [](const Silent& silent) {
      return silent.client.peer.pid;
    };
    const auto share_of = [&](const Silent& silent) {
      return std::ranges::count(silent_, pid_of(silent), pid_of);
    };
    const auto most = std::ranges::max_element(silent_, {}, share_of);
    if (most == silent_.end() || share_of(*most) < least) return false;
    Drop(most, absl::ResourceExhaustedError("too many clients are silent"));
    return true;
  }

  const std::string name_;
  ServicePort service_;
  const Kqueue kqueue_;  // of the service's port and those of silent_
  const transport::MessageLimits limits_;
  std::deque<Silent> silent_;
  std::uint64_t last_id_ = kService;
  DroppedClients dropped_;  // since the server was made
};

}  // namespace

absl::StatusOr<std::unique_ptr<OneShotListener>> CreateOneShotListener(
    const transport::MessageLimits& limits, std::string_view name_prefix) {
  const absl::StatusOr<ServerName> name = WantedMachName("mach:", name_prefix);
  if (!name.ok()) return name.status();
  absl::StatusOr<ServicePort> service = ServicePort::Open(*name, kBacklog);
  if (!service.ok()) return service.status();
  absl::StatusOr<Kqueue> kqueue = Kqueue::Create();
  if (!kqueue.ok()) return kqueue.status();
  absl::Status watched = kqueue->WatchPort(service->port(), kService);
  if (watched.ok()) watched = kqueue->AddBell(/*until_taken=*/true);
  if (!watched.ok()) return watched;
  return std::make_unique<MachListener>(name->ToString(), *std::move(service),
                                        *std::move(kqueue), limits);
}

}  // namespace ipc_channel::internal
