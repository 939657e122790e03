// What the benchmarks of Spawn() start: says one number, and ends when the
// other side has closed its end.
//
//   spawned_program bare   over the socket in descriptor 3
//   spawned_program typed  over InheritedChannel()

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

int RunBare() {
  const ipc_channel::transport::UniqueFd socket(3);
  std::array<std::byte, sizeof(std::uint64_t)> bytes = {std::byte{1}};
  SendBare(socket.Borrow(), bytes);
  while (ReceiveBare(socket.Borrow(), bytes) > 0) {
  }
  return 0;
}

int RunTyped() {
  auto parent =
      Check(ipc_channel::InheritedChannel<std::uint64_t, std::uint64_t>());
  Check(parent.sender.Send(1));
  while (parent.receiver.Recv().ok()) {
  }
  return 0;
}

}  // namespace
}  // namespace ipc_channel_bench

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "bare") return ipc_channel_bench::RunBare();
  if (what == "typed") return ipc_channel_bench::RunTyped();
  ipc_channel_bench::Stop("spawned_program bare|typed");
}
