#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_host.h"

namespace browser {

// The parent: everything that its renderers ask for, on one thread. The loop is
// the caller's: it waits for what set() says, and calls Step().
// Thread-compatible.
class Browser {
 public:
  // Makes what can be fetched, and a renderer for each role.
  absl::Status Open(std::span<const Role> roles);

  // While it is not empty there is something to do.
  ipc_channel::ReceiverSet& set() { return set_; }

  // Answers what there is now. When only those are left that flood, it ends
  // them. Does not wait.
  absl::Status Step();

  // Ends all renderers that are left.
  void Close(const char* reason);

  int channels() const {
    return static_cast<int>(renderers_.size()) * kChannelsPerRenderer;
  }
  std::int64_t messages() const { return messages_; }
  std::vector<RendererHost>& renderers() { return renderers_; }

 private:
  void Handle(ipc_channel::ReceiverEvent& event);
  bool OnlyFloodsAreLeft() const;

  ResourceMap resources_;
  ipc_channel::ReceiverSet set_;
  std::vector<RendererHost> renderers_;
  std::unordered_map<ipc_channel::ReceiverId, RendererHost*> owners_;
  std::int64_t messages_ = 0;
};

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_BROWSER_H_
