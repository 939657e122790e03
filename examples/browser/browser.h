#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_host.h"

namespace browser {

// The parent: serves all that its renderers ask for, in the caller's loop. For
// the loop's thread only.
class Browser {
 public:
  // `loop` outlives this.
  explicit Browser(ipc_channel::Reactor& loop) : loop_(loop) {}

  // Makes what can be fetched, and a renderer for each role.
  absl::Status Open(std::span<const Role> roles);

  // Every renderer is gone.
  bool has_ended() const;

  // Only those are left that flood: there is nothing more to wait for.
  bool only_floods_are_left() const;

  // Ends all renderers that are left.
  void Close(const char* reason);

  int channels() const {
    return static_cast<int>(renderers_.size()) * kChannelsPerRenderer;
  }
  std::int64_t messages() const;
  std::span<const std::unique_ptr<RendererHost>> renderers() const {
    return renderers_;
  }

 private:
  ipc_channel::Reactor& loop_;
  ResourceMap resources_;
  std::vector<std::unique_ptr<RendererHost>> renderers_;
};

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_
