#include "ipc_channel/examples/browser/renderer_host.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer.h"
#include "ipc_channel/examples/browser/renderer_process.h"
#include "ipc_channel/ipc_channel.h"

namespace browser {

namespace {

constexpr std::size_t kMaxMessageBytes = 4'096;

}  // namespace

namespace ipc = ipc_channel;

absl::StatusOr<RendererHost> RendererHost::Start() {
  auto server = ipc::OneShotServer<ipc::Sender<Work>>::Create();
  if (!server.ok()) return server.status();
  auto process = RendererProcess::Start(server->name());
  if (!process.ok()) return process.status();
  auto renderer = server->Accept(absl::Now() + absl::Minutes(1));
  if (!renderer.ok()) return renderer.status();
  return RendererHost(*std::move(process), std::move(renderer->first));
}

template <class T>
absl::StatusOr<ipc::Sender<T>> RendererHost::Listen(ipc::ReceiverSet& set,
                                                    Route route) {
  auto channel = ipc::Channel<T>();
  if (!channel.ok()) return channel.status();
  // Nothing that a renderer says takes more.
  channel->receiver.raw().SetMaxMessageHandles(0);
  channel->receiver.raw().SetMaxMessageBytes(kMaxMessageBytes);
  auto id = set.Add(std::move(channel->receiver));
  if (!id.ok()) return id.status();
  routes_[*id] = route;
  return std::move(channel->sender);
}

absl::Status RendererHost::MakeTab(ipc::ReceiverSet& set, Work& work) {
  const Route route = {.kind = Kind::kRequests, .tab = replies_.size()};
  auto requests = Listen<FrameRequest>(set, route);
  if (!requests.ok()) return requests.status();
  auto replies = ipc::Channel<FrameReply>();
  if (!replies.ok()) return replies.status();
  work.tabs.push_back({*std::move(requests), std::move(replies->receiver)});
  replies_.push_back(std::move(replies->sender));
  return absl::OkStatus();
}

absl::Status RendererHost::GiveWork(Role role, ipc::ReceiverSet& set) {
  auto log = Listen<LogLine>(set, {.kind = Kind::kLog});
  if (!log.ok()) return log.status();
  auto fetches = Listen<Fetch>(set, {.kind = Kind::kFetches});
  if (!fetches.ok()) return fetches.status();
  auto resources = ipc::Channel<Resource>();
  if (!resources.ok()) return resources.status();
  resources_ = std::move(resources->sender);
  Work work = {.role = role,
               .log = *std::move(log),
               .fetches = *std::move(fetches),
               .resources = std::move(resources->receiver),
               .tabs = {}};
  for (int i = 0; i < kTabs; ++i) {
    absl::Status made = MakeTab(set, work);
    if (!made.ok()) return made;
  }
  absl::Status sent = control_.TrySend(std::move(work));
  // One that has died already shows by its channels, as any other does.
  return ipc::IsDisconnected(sent) ? absl::OkStatus() : sent;
}

void RendererHost::Handle(ipc::ReceiverEvent& event,
                          const ResourceMap& resources) {
  if (ipc::IsDisconnected(event.status())) {
    routes_.erase(event.id());
    return;
  }
  // What a killed one has sent is dropped with the event.
  if (!kill_reason_.empty()) return;
  Judge(event.status().ok() ? Answer(routes_.at(event.id()), event, resources)
                            : event.status());
}

absl::Status RendererHost::Answer(Route route, ipc::ReceiverEvent& event,
                                  const ResourceMap& resources) {
  switch (route.kind) {
    case Kind::kLog:
      return AddLine(event);
    case Kind::kFetches:
      return AnswerFetch(event, resources);
    case Kind::kRequests:
      return AnswerRequest(route.tab, event);
  }
  return absl::InternalError("no such kind");
}

absl::Status RendererHost::AddLine(ipc::ReceiverEvent& event) {
  auto line = event.To<LogLine>();
  if (!line.ok()) return line.status();
  ++lines_;
  was_sandboxed_ |= line->text == kSandboxedLine;
  return absl::OkStatus();
}

absl::Status RendererHost::AnswerFetch(ipc::ReceiverEvent& event,
                                       const ResourceMap& resources) {
  auto fetch = event.To<Fetch>();
  if (!fetch.ok()) return fetch.status();
  const auto found = resources.find(fetch->url);
  if (found == resources.end()) return absl::DataLossError("no such address");
  ++fetches_;
  return resources_.TrySend({found->first, found->second});
}

absl::Status RendererHost::AnswerRequest(std::size_t tab,
                                         ipc::ReceiverEvent& event) {
  auto request = event.To<FrameRequest>();
  if (!request.ok()) return request.status();
  ++frames_;
  return replies_[tab].TrySend({request->number});
}

void RendererHost::Judge(const absl::Status& status) {
  if (absl::IsDataLoss(status)) {
    Kill("sent garbage");
  } else if (ipc::IsFull(status)) {
    Kill("read no replies");
  }
  // That it is gone will show where it is received from. That this process is
  // short of something is no fault of the renderer's.
}

void RendererHost::Kill(std::string reason) {
  if (!kill_reason_.empty()) return;
  kill_reason_ = std::move(reason);
  process_.Kill();
}

std::vector<ipc::ReceiverId> RendererHost::ids() const {
  std::vector<ipc::ReceiverId> ids;
  for (const auto& [id, route] : routes_) ids.push_back(id);
  return ids;
}

std::string RendererHost::Summary() {
  const std::string end = process_.End();
  if (!kill_reason_.empty()) return absl::StrCat(kill_reason_, ", was killed");
  return absl::StrCat(frames_, " frames, ", fetches_, " resources, ", end);
}

}  // namespace browser
