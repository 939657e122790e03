#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_process.h"

namespace browser {

using ResourceMap = std::map<std::string, ipc_channel::SharedMemory>;

// The browser's side of one renderer: what it answers, and what it thinks of
// it. Whatever the renderer does, nothing here waits for it. Move-only;
// thread-compatible.
class RendererHost {
 public:
  // More log lines than this are a flood.
  static constexpr std::int64_t kMaxLogLines = 10'000;

  // Starts the process and waits for it to make itself known.
  static absl::StatusOr<RendererHost> Start();

  // Makes its channels, sends it its ends, and puts the receivers into `set`.
  // RESOURCE_EXHAUSTED without descriptors.
  absl::Status GiveWork(Role role, ipc_channel::ReceiverSet& set);

  // What happened on one of its channels. `resources` are there to be fetched.
  void Handle(ipc_channel::ReceiverEvent& event, const ResourceMap& resources);

  // Ends it for `reason`. What it has sent so far is ignored from now on. Only
  // the first reason counts.
  void Kill(std::string reason);

  // Every channel is closed: it is gone.
  bool has_ended() const { return routes_.empty(); }
  bool is_flooding() const { return lines_ > kMaxLogLines; }

  // The ids of its receivers, while they are in the set.
  std::vector<ipc_channel::ReceiverId> ids() const;

  // To be asked once it has ended.
  std::string Summary();
  bool was_sandboxed() const { return was_sandboxed_; }

 private:
  enum class Kind { kLog, kFetches, kRequests };
  struct Route {
    Kind kind = Kind::kLog;
    std::size_t tab = 0;
  };

  RendererHost(RendererProcess process, ipc_channel::Sender<Work> control)
      : process_(std::move(process)), control_(std::move(control)) {}

  template <class T>
  absl::StatusOr<ipc_channel::Sender<T>> Listen(ipc_channel::ReceiverSet& set,
                                                Route route);
  absl::Status MakeTab(ipc_channel::ReceiverSet& set, Work& work);
  absl::Status Answer(Route route, ipc_channel::ReceiverEvent& event,
                      const ResourceMap& resources);
  absl::Status AddLine(ipc_channel::ReceiverEvent& event);
  absl::Status AnswerFetch(ipc_channel::ReceiverEvent& event,
                           const ResourceMap& resources);
  absl::Status AnswerRequest(std::size_t tab,
                             ipc_channel::ReceiverEvent& event);
  void Judge(const absl::Status& status);

  RendererProcess process_;
  ipc_channel::Sender<Work> control_;
  ipc_channel::Sender<Resource> resources_;
  std::vector<ipc_channel::Sender<FrameReply>> replies_;  // of each tab
  std::map<ipc_channel::ReceiverId, Route> routes_;       // of open channels
  std::string kill_reason_;  // empty while it may go on
  std::int64_t lines_ = 0;
  int fetches_ = 0;
  int frames_ = 0;
  bool was_sandboxed_ = false;
};

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_
