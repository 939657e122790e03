#include "ipc_channel/examples/browser/browser.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_host.h"
#include "ipc_channel/examples/browser/resource_content.h"
#include "ipc_channel/ipc_channel.h"

namespace browser {

namespace ipc = ipc_channel;

absl::Status Browser::Open(std::span<const Role> roles) {
  for (const char* url : kUrls) {
    auto content = ipc::SharedMemory::Create(
        kResourceBytes,
        [url](std::span<std::byte> bytes) { FillResource(url, bytes); });
    if (!content.ok()) return content.status();
    resources_[url] = *std::move(content);
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto renderer = RendererHost::Start();
    if (!renderer.ok()) return renderer.status();
    renderers_.push_back(*std::move(renderer));
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    absl::Status given = renderers_[i].GiveWork(roles[i], set_);
    if (!given.ok()) return given;
    for (const auto id : renderers_[i].ids()) owners_[id] = &renderers_[i];
  }
  return absl::OkStatus();
}

absl::Status Browser::Step() {
  auto events = set_.TrySelect();
  if (!events.ok()) return events.status();
  for (ipc::ReceiverEvent& event : *events) Handle(event);
  if (OnlyFloodsAreLeft()) Close("flooded");
  return absl::OkStatus();
}

void Browser::Handle(ipc::ReceiverEvent& event) {
  const auto owner = owners_.find(event.id());
  if (event.status().ok()) ++messages_;
  owner->second->Handle(event, resources_);
  if (ipc::IsDisconnected(event.status())) owners_.erase(owner);
}

bool Browser::OnlyFloodsAreLeft() const {
  return std::ranges::all_of(renderers_, [](const RendererHost& renderer) {
    return renderer.has_ended() || renderer.is_flooding();
  });
}

void Browser::Close(const char* reason) {
  for (RendererHost& renderer : renderers_) {
    if (!renderer.has_ended()) renderer.Kill(reason);
  }
}

}  // namespace browser
