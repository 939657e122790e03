#include "ipc_channel/bench/limits/pipe_line.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <utility>

#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

PipeLine::Pipe PipeLine::NewPipe() {
  int ends[2];
  CheckCall(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  return {.out = ipc_channel::transport::UniqueFd(ends[1]),
          .in = ipc_channel::transport::UniqueFd(ends[0])};
}

PipeLine::PipeLine() : there_(NewPipe()), back_(NewPipe()) {}

void PipeLine::Choose(Side side) {
  Pipe& reads = side == Side::kParent ? back_ : there_;
  Pipe& writes = side == Side::kParent ? there_ : back_;
  in_ = std::move(reads.in);
  out_ = std::move(writes.out);
  reads = {};
  writes = {};
}

void PipeLine::Send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(out_.get(), bytes.data(), bytes.size());
    CheckCall(count > 0, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

bool PipeLine::Receive(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const ssize_t count = ::read(in_.get(), buffer.data(), buffer.size());
    CheckCall(count >= 0, "read");
    if (count == 0) return false;
    buffer = buffer.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

void PipeLine::Close() {
  in_.Reset();
  out_.Reset();
}

}  // namespace ipc_channel_bench
