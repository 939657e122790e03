#ifndef IPC_CHANNEL_EXAMPLES_GLIB_GLIB_REACTOR_H_
#define IPC_CHANNEL_EXAMPLES_GLIB_GLIB_REACTOR_H_

#include <glib.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/task_queue.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

// A GMainContext as a loop for channels: each Watch is a GSource, of the
// default priority. The contract is Reactor's; the loop's thread is the one
// that runs the context.
//
// GLib polls all descriptors of a context each time it waits: with very many
// channels, put them into one ReceiverSet. Out of memory, GLib ends the
// process.
class GlibReactor final : public ipc_channel::Reactor {
 public:
  // Null: the default context.
  explicit GlibReactor(GMainContext* context);
  ~GlibReactor() override;

  void Execute(Task task) override;

  absl::StatusOr<std::unique_ptr<ipc_channel::Watch>> NewWatch(
      ipc_channel::transport::BorrowedFd descriptor,
      ipc_channel::transport::Interest interest,
      absl::AnyInvocable<void()> callback) override;

 private:
  GMainContext* const context_;
  std::shared_ptr<TaskQueue> tasks_ = std::make_shared<TaskQueue>();
  GSource* const wakeup_;  // runs tasks_ once its ready time is 0
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_GLIB_GLIB_REACTOR_H_
