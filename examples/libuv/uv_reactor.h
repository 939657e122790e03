#ifndef IPC_CHANNEL_EXAMPLES_LIBUV_UV_REACTOR_H_
#define IPC_CHANNEL_EXAMPLES_LIBUV_UV_REACTOR_H_

#include <uv.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/loop_descriptor.h"
#include "ipc_channel/examples/loops/task_queue.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

// A uv_loop_t as a loop for channels. The contract is Reactor's; the loop's
// thread is the one that calls uv_run().
//
// While this lives it keeps uv_run() running, since a task may come from any
// thread: uv_stop() ends it. libuv closes its handles in the loop only: after
// the last Watch and the reactor are gone, run the loop once more before
// uv_loop_close(), or their memory is lost.
//
// libuv takes a descriptor once: while a Watch lives, its descriptor must not
// be in another handle of this loop. A second Watch for a descriptor costs a
// duplicate of it. libuv sets O_NONBLOCK on what it polls, for all who share
// the open file. Channels do not mind.
class UvReactor final : public ipc_channel::Reactor {
 public:
  // `loop` outlives this. RESOURCE_EXHAUSTED without descriptors.
  static absl::StatusOr<std::unique_ptr<UvReactor>> Make(uv_loop_t* loop);
  ~UvReactor() override;

  void Execute(Task task) override;

  absl::StatusOr<std::unique_ptr<ipc_channel::Watch>> NewWatch(
      ipc_channel::transport::BorrowedFd descriptor,
      ipc_channel::transport::Interest interest,
      absl::AnyInvocable<void()> callback) override;

 private:
  struct Wakeup;

  UvReactor(uv_loop_t* loop, Wakeup* wakeup, std::shared_ptr<TaskQueue> tasks);

  uv_loop_t* const loop_;
  LoopDescriptors descriptors_;
  std::shared_ptr<TaskQueue> tasks_;
  Wakeup* const wakeup_;  // is libuv's until it has been closed
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LIBUV_UV_REACTOR_H_
