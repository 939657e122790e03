#include "ipc_channel/examples/notebook/daemon.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/new_event_loop.h"
#include "ipc_channel/examples/notebook/default_name.h"
#include "ipc_channel/examples/notebook/readable.h"
#include "ipc_channel/examples/notebook/stop_signals.h"

namespace notebook {
namespace {

// After so many new clients those that are there have their turn.
constexpr int kClientsPerTurn = 8;

// How long to wait for descriptors, when there are none.
constexpr absl::Duration kPause = absl::Milliseconds(100);

ipc_channel::DuplexListenerOptions OptionsFor(const std::string& name,
                                              const Limits& limits) {
  ipc_channel::DuplexListenerOptions options;
  options.listener.name = name;
  // Who has not opened yet, or has and is not given yet, counts there, and is
  // not to take anybody's place.
  options.listener.max_clients = limits.clients + 2 * options.max_openings;
  // Who floods the daemon fills it, and others wait behind that many.
  options.listener.backlog = 64;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Create(const std::string& name,
                                                       const Limits& limits) {
  auto stop = StopDescriptor();
  if (!stop.ok()) return stop.status();
  auto loop = ipc_channel::NewEventLoop();
  if (!loop.ok()) return loop.status();
  absl::Status made = MakeFolderOf(name);
  if (!made.ok()) return made;
  auto listener = Listener::Create(OptionsFor(name, limits));
  if (!listener.ok()) return listener.status();
  std::unique_ptr<Daemon> daemon(new Daemon(*std::move(loop), *std::move(stop),
                                            *std::move(listener), limits));
  absl::Status started = daemon->Start();
  if (!started.ok()) return started;
  return daemon;
}

Daemon::Daemon(std::unique_ptr<ipc_channel::EventLoop> loop,
               ipc_channel::UniqueFd stop, Listener listener,
               const Limits& limits)
    : name_(listener.name()),
      loop_(std::move(loop)),
      stop_(std::move(stop)),
      listener_(std::move(listener)),
      service_(*loop_, limits) {}

Daemon::~Daemon() {
  on_client_.reset();
  { const Listener gone = std::move(listener_); }
  RemoveFolderOf(name_);
}

absl::Status Daemon::Start() {
  auto on_stop = loop_->NewWatch(stop_.Borrow(),
                                 ipc_channel::transport::Interest::kReadable,
                                 [this] { loop_->Stop(); });
  if (!on_stop.ok()) return on_stop.status();
  const auto descriptor = listener_.waitable();
  if (!descriptor.ok()) return descriptor.status();
  auto on_client =
      loop_->NewWatch(*descriptor, listener_.interest(), [this] { Accept(); });
  if (!on_client.ok()) return on_client.status();
  auto pause = loop_->NewWatch({}, listener_.interest(), [this] { Accept(); });
  if (!pause.ok()) return pause.status();
  on_stop_ = *std::move(on_stop);
  on_client_ = *std::move(on_client);
  pause_ = *std::move(pause);
  return absl::OkStatus();
}

absl::Status Daemon::Run() {
  // A signal that came before now is found by the first look.
  on_stop_->Arm(IsReadableNow(stop_.Borrow()) ? absl::InfinitePast()
                                              : absl::InfiniteFuture());
  on_client_->Arm(absl::InfinitePast());  // nothing has been tried yet
  loop_->Run();
  return ended_;
}

void Daemon::Accept() {
  for (int i = 0; i < kClientsPerTurn; ++i) {
    auto client = listener_.TryAccept();
    if (absl::IsResourceExhausted(client.status())) {
      return pause_->Arm(absl::Now() + kPause);
    }
    if (!client.ok()) {
      ended_ = client.status();
      return loop_->Stop();
    }
    if (!client->has_value()) return on_client_->Arm(listener_.deadline());
    service_.Welcome(**std::move(client));
  }
  on_client_->Arm(absl::InfinitePast());
}

}  // namespace notebook
