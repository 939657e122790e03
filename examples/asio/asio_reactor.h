#ifndef IPC_CHANNEL_EXAMPLES_ASIO_ASIO_REACTOR_H_
#define IPC_CHANNEL_EXAMPLES_ASIO_ASIO_REACTOR_H_

#include <asio.hpp>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/loop_descriptor.h"
#include "ipc_channel/examples/loops/task_queue.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

// An asio::io_context as a loop for channels. The contract is Reactor's; the
// loop's thread is the one that calls run(), and there is one at a time.
//
// As Asio has it, run() returns once it has nothing to do: no task waits and no
// Watch is armed.
//
// Asio takes a descriptor once: while a Watch lives, its descriptor must not be
// assigned to an object of the user's own in the same io_context. A second
// Watch for a descriptor costs a duplicate of it.
class AsioReactor final : public ipc_channel::Reactor {
 public:
  // `loop` outlives this.
  explicit AsioReactor(asio::io_context& loop) : loop_(loop) {}
  ~AsioReactor() override { tasks_->Close(); }

  void Execute(Task task) override;

  absl::StatusOr<std::unique_ptr<ipc_channel::Watch>> NewWatch(
      ipc_channel::transport::BorrowedFd descriptor,
      ipc_channel::transport::Interest interest,
      absl::AnyInvocable<void()> callback) override;

 private:
  asio::io_context& loop_;
  LoopDescriptors descriptors_;
  std::shared_ptr<TaskQueue> tasks_ = std::make_shared<TaskQueue>();
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_ASIO_ASIO_REACTOR_H_
