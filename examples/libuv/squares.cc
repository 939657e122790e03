// Channels in libuv's loop: a child squares more numbers than its channel has
// room for, and the parent waits for room, for squares and for a timer of its
// own in one uv_loop_t. With --mortal the child dies before it is through.

#include <uv.h>

#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/libuv/uv_reactor.h"
#include "ipc_channel/examples/loops/on_receive.h"
#include "ipc_channel/examples/loops/send_queue.h"
#include "ipc_channel/examples/loops/squarer.h"
#include "ipc_channel/examples/loops/tally.h"

namespace {

void LetBegin(uv_timer_t* timer) {
  std::printf("a timer lets the child begin\n");
  static_cast<loops::Squarer*>(timer->data)->Begin();
}

bool Ask(uv_loop_t* loop, loops::Squarer& child, loops::Tally& tally) {
  auto reactor = loops::UvReactor::Make(loop);
  if (!reactor.ok()) return false;
  auto squares = loops::OnReceive<std::int64_t>::Start(
      **reactor, std::move(child.squares),
      [&](absl::StatusOr<std::int64_t> square) {
        if (!tally.Add(square)) uv_stop(loop);  // the child is gone
      });
  auto numbers = loops::SendQueue<std::int64_t>::Make(
      **reactor, std::move(child.numbers), [](const absl::Status& status) {
        if (status.ok()) std::printf("all numbers have been sent\n");
      });
  if (!squares.ok() || !numbers.ok()) return false;
  for (std::int64_t number = 1; number <= 1000; ++number) {
    if (!numbers->Send(number).ok()) return false;
  }
  if (numbers->size() > 0) std::printf("numbers wait for room\n");
  numbers->Finish();

  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  timer.data = &child;
  uv_timer_start(&timer, LetBegin, 10, 0);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(loop, UV_RUN_NOWAIT);  // closes it
  return true;
}

int RunParent(bool child_is_mortal) {
  auto child = loops::StartSquarer(child_is_mortal);
  uv_loop_t loop;
  if (!child.ok() || uv_loop_init(&loop) != 0) return 1;
  loops::Tally tally;
  const bool has_asked = Ask(&loop, *child, tally);
  uv_run(&loop, UV_RUN_DEFAULT);  // closes what the reactor had there
  if (uv_loop_close(&loop) != 0 || !has_asked) return 1;
  tally.Print(child->WaitForExit());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, argc);
  if (loops::IsSquarer(arguments)) return loops::RunSquarer(arguments);
  return RunParent(arguments.size() > 1);
}
