#include "ipc_channel/examples/browser/renderer_host.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer.h"
#include "ipc_channel/examples/browser/renderer_process.h"
#include "ipc_channel/ipc_channel.h"

namespace browser {

namespace coro = ipc_channel::coro;
namespace ipc = ipc_channel;

namespace {

// Nothing that a renderer says takes more.
constexpr std::size_t kMaxMessageBytes = 4'096;

// How long one may leave a full channel of replies unread.
constexpr absl::Duration kPatience = absl::Milliseconds(300);

template <class T>
struct Inlet {
  ipc::Sender<T> sender;            // the renderer's
  coro::AsyncReceiver<T> receiver;  // ours
};

template <class T>
absl::StatusOr<Inlet<T>> OpenInlet(ipc::Reactor& loop) {
  auto channel = ipc::Channel<T>(
      {.max_message_bytes = kMaxMessageBytes, .max_message_handles = 0});
  if (!channel.ok()) return channel.status();
  auto receiver =
      coro::AsyncReceiver<T>::Create(loop, std::move(channel->receiver));
  if (!receiver.ok()) return receiver.status();
  return Inlet<T>{std::move(channel->sender), *std::move(receiver)};
}

template <class T>
struct Outlet {
  ipc::Receiver<T> receiver;    // the renderer's
  coro::AsyncSender<T> sender;  // ours
};

template <class T>
absl::StatusOr<Outlet<T>> OpenOutlet(ipc::Reactor& loop) {
  auto channel = ipc::Channel<T>();
  if (!channel.ok()) return channel.status();
  auto sender = coro::AsyncSender<T>::Create(loop, std::move(channel->sender));
  if (!sender.ok()) return sender.status();
  return Outlet<T>{std::move(channel->receiver), *std::move(sender)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<RendererHost>> RendererHost::Start(
    ipc::Reactor& loop, const ResourceMap& resources) {
  auto server = ipc::OneShotServer<ipc::Sender<Work>>::Create();
  if (!server.ok()) return server.status();
  auto process = RendererProcess::Start(server->name());
  if (!process.ok()) return process.status();
  auto renderer = server->Accept(absl::Now() + absl::Minutes(1));
  if (!renderer.ok()) return renderer.status();
  return std::unique_ptr<RendererHost>(new RendererHost(
      loop, resources, *std::move(process), std::move(renderer->first)));
}

absl::Status RendererHost::GiveWork(Role role) {
  auto log = OpenLog();
  if (!log.ok()) return log.status();
  Work work = {.role = role, .log = *std::move(log)};
  absl::Status opened = OpenFetches(work);
  if (!opened.ok()) return opened;
  for (int i = 0; i < kTabs; ++i) {
    auto tab = OpenTab();
    if (!tab.ok()) return tab.status();
    work.tabs.push_back(*std::move(tab));
  }
  absl::Status sent = control_.TrySend(std::move(work));
  // One that has died already shows by its channels, as any other does.
  return ipc::IsDisconnected(sent) ? absl::OkStatus() : sent;
}

absl::StatusOr<ipc::Sender<LogLine>> RendererHost::OpenLog() {
  auto lines = OpenInlet<LogLine>(loop_);
  if (!lines.ok()) return lines.status();
  served_.Spawn(ServeLog(std::move(lines->receiver)));
  return std::move(lines->sender);
}

absl::Status RendererHost::OpenFetches(Work& work) {
  auto fetches = OpenInlet<Fetch>(loop_);
  auto replies = OpenOutlet<Resource>(loop_);
  if (!fetches.ok()) return fetches.status();
  if (!replies.ok()) return replies.status();
  served_.Spawn(
      ServeFetches(std::move(fetches->receiver), std::move(replies->sender)));
  work.fetches = std::move(fetches->sender);
  work.resources = std::move(replies->receiver);
  return absl::OkStatus();
}

absl::StatusOr<Tab> RendererHost::OpenTab() {
  auto requests = OpenInlet<FrameRequest>(loop_);
  auto replies = OpenOutlet<FrameReply>(loop_);
  if (!requests.ok()) return requests.status();
  if (!replies.ok()) return replies.status();
  served_.Spawn(
      ServeTab(std::move(requests->receiver), std::move(replies->sender)));
  return Tab{std::move(requests->sender), std::move(replies->receiver)};
}

coro::Task<> RendererHost::ServeLog(coro::AsyncReceiver<LogLine> lines) {
  while (auto line = co_await Next(lines)) {
    ++lines_;
    was_sandboxed_ |= line->text == kSandboxedLine;
  }
}

coro::Task<> RendererHost::ServeFetches(coro::AsyncReceiver<Fetch> fetches,
                                        coro::AsyncSender<Resource> replies) {
  while (auto fetch = co_await Next(fetches)) {
    const auto found = resources_.find(fetch->url);
    if (found == resources_.end())
      co_return Kill("asked for what is not there");
    ++fetches_;
    Resource resource = {found->first, found->second};
    if (!co_await Reply(replies, std::move(resource))) co_return;
  }
}

coro::Task<> RendererHost::ServeTab(coro::AsyncReceiver<FrameRequest> requests,
                                    coro::AsyncSender<FrameReply> replies) {
  while (auto request = co_await Next(requests)) {
    ++frames_;
    if (!co_await Reply(replies, FrameReply{request->number})) co_return;
  }
}

template <class T>
coro::Task<std::optional<T>> RendererHost::Next(
    coro::AsyncReceiver<T>& receiver) {
  while (kill_reason_.empty()) {
    absl::StatusOr<T> value = co_await receiver.Recv();
    if (value.ok()) {
      ++messages_;
      co_return *std::move(value);
    }
    if (absl::IsDataLoss(value.status())) Kill("sent garbage");
    if (!absl::IsResourceExhausted(value.status())) break;
    // This process is short of something, which is not the renderer's fault.
    const absl::Status slept =
        co_await coro::SleepFor(loop_, absl::Milliseconds(100));
    if (!slept.ok()) break;
  }
  co_return std::nullopt;
}

template <class T>
coro::Task<bool> RendererHost::Reply(coro::AsyncSender<T>& sender, T value) {
  absl::Status sent = co_await sender.SendFor(std::move(value), kPatience);
  if (absl::IsDeadlineExceeded(sent)) Kill("read no replies");
  co_return sent.ok();
}

void RendererHost::Kill(std::string reason) {
  if (!kill_reason_.empty()) return;
  kill_reason_ = std::move(reason);
  process_.Kill();
}

std::string RendererHost::Summary() {
  const std::string end = process_.End();
  if (!kill_reason_.empty()) return absl::StrCat(kill_reason_, ", was killed");
  return absl::StrCat(frames_, " frames, ", fetches_, " resources, ", end);
}

}  // namespace browser
