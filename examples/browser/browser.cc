#include "ipc_channel/examples/browser/browser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_host.h"
#include "ipc_channel/examples/browser/resource_content.h"

namespace browser {

absl::Status Browser::Open(std::span<const Role> roles) {
  for (const char* url : kUrls) {
    auto content = ipc_channel::SharedMemory::Create(
        kResourceBytes,
        [url](std::span<std::byte> bytes) { FillResource(url, bytes); });
    if (!content.ok()) return content.status();
    resources_[url] = *std::move(content);
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto renderer = RendererHost::Start(loop_, resources_);
    if (!renderer.ok()) return renderer.status();
    renderers_.push_back(*std::move(renderer));
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    absl::Status given = renderers_[i]->GiveWork(roles[i]);
    if (!given.ok()) return given;
  }
  return absl::OkStatus();
}

bool Browser::has_ended() const {
  return std::ranges::all_of(
      renderers_, [](const auto& renderer) { return renderer->has_ended(); });
}

bool Browser::only_floods_are_left() const {
  return std::ranges::all_of(renderers_, [](const auto& renderer) {
    return renderer->has_ended() || renderer->is_flooding();
  });
}

void Browser::Close(const char* reason) {
  for (const auto& renderer : renderers_) {
    if (!renderer->has_ended()) renderer->Kill(reason);
  }
}

std::int64_t Browser::messages() const {
  std::int64_t messages = 0;
  for (const auto& renderer : renderers_) messages += renderer->messages();
  return messages;
}

}  // namespace browser
