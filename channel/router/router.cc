#include "ipc_channel/channel/router/router.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/core.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/typed_handler.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {
namespace {

using router_internal::Core;

absl::Status ForkedError() {
  return transport::OrOutOfMemory([] {
    return absl::FailedPreconditionError(
        "the router is that of the parent process");
  });
}

std::atomic<Router*> global_router = nullptr;

}  // namespace

absl::StatusOr<std::unique_ptr<Router>> Router::Create(RouterOptions options) {
  return transport::OrOutOfMemory(
      [&]() -> absl::StatusOr<std::unique_ptr<Router>> {
        absl::StatusOr<std::shared_ptr<Core>> core = Core::Create(options);
        if (!core.ok()) return core.status();
        return std::unique_ptr<Router>(new Router(*std::move(core)));
      });
}

absl::StatusOr<Router*> Router::Global() {
  // Without a lock, which a child that is forked meanwhile would find held.
  Router* current = global_router.load(std::memory_order_acquire);
  if (current != nullptr && current->core_->IsOurs()) return current;
  absl::StatusOr<std::unique_ptr<Router>> made = Create();
  if (!made.ok()) return made.status();
  if (global_router.compare_exchange_strong(current, made->get(),
                                            std::memory_order_acq_rel)) {
    return made->release();
  }
  return current;
}

Router::~Router() {
  if (core_->IsOurs()) {
    core_->Release();
    return;
  }
  Core::LeaveToParent(core_);
}

absl::StatusOr<RouteId> Router::AddBytesRoute(BytesReceiver&& receiver,
                                              BytesCallback callback,
                                              ClosedCallback closed) {
  if (callback == nullptr) return NoCallback();
  return AddHandler<router_internal::BytesHandler>(
      receiver.raw(), std::move(callback), std::move(closed));
}

absl::StatusOr<RouteId> Router::Add(
    transport::Receiver& receiver,
    std::unique_ptr<router_internal::Handler> handler) {
  const std::shared_ptr<Core> core = core_;
  if (!core->IsOurs()) return ForkedError();
  const absl::StatusOr<std::uint64_t> id =
      core->Add(receiver, std::move(handler));
  if (!id.ok()) return id.status();
  return RouteId(*id);
}

// In all of these the core is held: a user's code may destroy the router.
absl::Status Router::RemoveRoute(RouteId id) {
  const std::shared_ptr<Core> core = core_;
  if (!core->IsOurs()) return ForkedError();
  return core->Remove(static_cast<std::uint64_t>(id));
}

void Router::Shutdown() { ShutdownUntil(absl::InfiniteFuture()).IgnoreError(); }

absl::Status Router::ShutdownUntil(absl::Time deadline) {
  const std::shared_ptr<Core> core = core_;
  if (!core->IsOurs()) return absl::OkStatus();
  return core->Shutdown(deadline);
}

RouterStats Router::stats() const {
  if (!core_->IsOurs()) return {};
  return core_->stats();
}

absl::Status Router::NoCallback() {
  return transport::OrOutOfMemory([] {
    return absl::InvalidArgumentError("a route needs a callback to call");
  });
}

absl::Status Router::NoSender() {
  return transport::OrOutOfMemory([] {
    return absl::InvalidArgumentError("an empty sender cannot be sent to");
  });
}

}  // namespace ipc_channel
