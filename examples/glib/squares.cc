// Channels in GLib's main loop: a child squares more numbers than its channel
// has room for, and the parent waits for room, for squares and for a timer of
// its own in one GMainLoop. With --mortal the child dies before it is through.

#include <glib.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/glib/glib_reactor.h"
#include "ipc_channel/examples/loops/on_receive.h"
#include "ipc_channel/examples/loops/send_queue.h"
#include "ipc_channel/examples/loops/squarer.h"
#include "ipc_channel/examples/loops/tally.h"

namespace {

gboolean LetBegin(gpointer child) {
  std::printf("a timer lets the child begin\n");
  static_cast<loops::Squarer*>(child)->Begin();
  return G_SOURCE_REMOVE;
}

int RunParent(bool child_is_mortal) {
  auto child = loops::StartSquarer(child_is_mortal);
  if (!child.ok()) return 1;
  const std::unique_ptr<GMainLoop, void (*)(GMainLoop*)> loop(
      g_main_loop_new(nullptr, FALSE), g_main_loop_unref);
  loops::GlibReactor reactor(nullptr);

  loops::Tally tally;
  auto squares = loops::OnReceive<std::int64_t>::Start(
      reactor, std::move(child->squares),
      [&](absl::StatusOr<std::int64_t> square) {
        // The child is gone.
        if (!tally.Add(square)) g_main_loop_quit(loop.get());
      });
  auto numbers = loops::SendQueue<std::int64_t>::Make(
      reactor, std::move(child->numbers), [](const absl::Status& status) {
        if (status.ok()) std::printf("all numbers have been sent\n");
      });
  if (!squares.ok() || !numbers.ok()) return 1;
  for (std::int64_t number = 1; number <= 1000; ++number) {
    if (!numbers->Send(number).ok()) return 1;
  }
  if (numbers->size() > 0) std::printf("numbers wait for room\n");
  numbers->Finish();

  g_timeout_add(10, LetBegin, &*child);
  g_main_loop_run(loop.get());
  tally.Print(child->WaitForExit());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, argc);
  if (loops::IsSquarer(arguments)) return loops::RunSquarer(arguments);
  return RunParent(arguments.size() > 1);
}
