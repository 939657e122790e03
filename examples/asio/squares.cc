// Channels in Asio's loop: a child squares more numbers than its channel has
// room for, and the parent waits for room, for squares and for a timer of its
// own in one io_context. With --mortal the child dies before it is through.

#include <asio.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/asio/asio_reactor.h"
#include "ipc_channel/examples/loops/on_receive.h"
#include "ipc_channel/examples/loops/send_queue.h"
#include "ipc_channel/examples/loops/squarer.h"
#include "ipc_channel/examples/loops/tally.h"

namespace {

int RunParent(bool child_is_mortal) {
  auto child = loops::StartSquarer(child_is_mortal);
  if (!child.ok()) return 1;
  asio::io_context loop;
  loops::AsioReactor reactor(loop);

  loops::Tally tally;
  auto squares = loops::OnReceive<std::int64_t>::Start(
      reactor, std::move(child->squares),
      [&](absl::StatusOr<std::int64_t> square) { tally.Add(square); });
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

  asio::steady_timer timer(loop, std::chrono::milliseconds(10));
  timer.async_wait([&](asio::error_code) {
    std::printf("a timer lets the child begin\n");
    child->Begin();
  });

  loop.run();  // until the child is gone: nothing is left to wait for
  tally.Print(child->WaitForExit());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, argc);
  if (loops::IsSquarer(arguments)) return loops::RunSquarer(arguments);
  return RunParent(arguments.size() > 1);
}
