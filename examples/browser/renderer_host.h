#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_process.h"

namespace browser {

using ResourceMap = std::map<std::string, ipc_channel::SharedMemory>;

// The browser's side of one renderer: a coroutine for each channel that the
// renderer asks by, all of them in one loop. Whatever the renderer does, only
// what serves that channel waits for it. Neither copyable nor movable; for the
// loop's thread only. Destroying it kills the renderer.
class RendererHost {
 public:
  // More log lines than this are a flood.
  static constexpr std::int64_t kMaxLogLines = 10'000;

  // Starts the process and waits for it to make itself known. `resources` are
  // there to be fetched; they and `loop` outlive this.
  static absl::StatusOr<std::unique_ptr<RendererHost>> Start(
      ipc_channel::Reactor& loop, const ResourceMap& resources);

  // Makes its channels, sends it its ends, and begins to serve them.
  // RESOURCE_EXHAUSTED without descriptors.
  absl::Status GiveWork(Role role);

  // Ends it for `reason`. What it has sent so far is dropped. Only the first
  // reason counts.
  void Kill(std::string reason);

  // Nothing is served any more: it is gone.
  bool has_ended() const { return served_.size() == 0; }
  bool is_flooding() const { return lines_ > kMaxLogLines; }
  bool was_sandboxed() const { return was_sandboxed_; }
  std::int64_t messages() const { return messages_; }

  // To be asked once it has ended.
  std::string Summary();

 private:
  RendererHost(ipc_channel::Reactor& loop, const ResourceMap& resources,
               RendererProcess process, ipc_channel::Sender<Work> control)
      : loop_(loop),
        resources_(resources),
        process_(std::move(process)),
        control_(std::move(control)) {}

  absl::StatusOr<ipc_channel::Sender<LogLine>> OpenLog();
  absl::Status OpenFetches(Work& work);
  absl::StatusOr<Tab> OpenTab();

  ipc_channel::coro::Task<> ServeLog(
      ipc_channel::coro::AsyncReceiver<LogLine> lines);
  ipc_channel::coro::Task<> ServeFetches(
      ipc_channel::coro::AsyncReceiver<Fetch> fetches,
      ipc_channel::coro::AsyncSender<Resource> replies);
  ipc_channel::coro::Task<> ServeTab(
      ipc_channel::coro::AsyncReceiver<FrameRequest> requests,
      ipc_channel::coro::AsyncSender<FrameReply> replies);

  // The next value; none when the renderer is gone, or is killed for what came.
  template <class T>
  ipc_channel::coro::Task<std::optional<T>> Next(
      ipc_channel::coro::AsyncReceiver<T>& receiver);
  // Waits for room, but not for ever. False if that was the end.
  template <class T>
  ipc_channel::coro::Task<bool> Reply(ipc_channel::coro::AsyncSender<T>& sender,
                                      T value);

  ipc_channel::Reactor& loop_;
  const ResourceMap& resources_;
  RendererProcess process_;
  ipc_channel::Sender<Work> control_;
  std::string kill_reason_;  // empty while it may go on
  std::int64_t messages_ = 0;
  std::int64_t lines_ = 0;
  int fetches_ = 0;
  int frames_ = 0;
  bool was_sandboxed_ = false;
  ipc_channel::coro::TaskGroup served_;  // last: what is served uses the rest
};

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_HOST_H_
