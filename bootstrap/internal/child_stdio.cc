#include "ipc_channel/bootstrap/internal/child_stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/new_pipe.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::UniqueFd;

class Opener {
 public:
  // `number` is that in the child; `near` is where this process's end goes.
  absl::Status Open(const Stdio& stdio, std::size_t number, UniqueFd& near) {
    switch (stdio.kind()) {
      case Stdio::Kind::kInherit:
        return absl::OkStatus();
      case Stdio::Kind::kNull:
        return OpenNull(number);
      case Stdio::Kind::kPipe:
        return OpenPipe(number, near);
      case Stdio::Kind::kDescriptor:
        break;
    }
    if (::fcntl(stdio.descriptor().get(), F_GETFD) < 0) {
      return transport::ErrnoToStatus(errno, "a descriptor for a child");
    }
    result_.descriptors[number] = stdio.descriptor();
    return absl::OkStatus();
  }

  ChildStdio& result() { return result_; }

 private:
  void Give(UniqueFd descriptor, std::size_t number) {
    result_.descriptors[number] = descriptor.Borrow();
    result_.owned[number] = std::move(descriptor);
  }

  absl::Status OpenNull(std::size_t number) {
    UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null.valid()) {
      return transport::ErrnoToStatus(errno, "open(/dev/null)");
    }
    Give(std::move(null), number);
    return absl::OkStatus();
  }

  absl::Status OpenPipe(std::size_t number, UniqueFd& near) {
    absl::StatusOr<PipeEnds> pipe = NewPipe();
    if (!pipe.ok()) return pipe.status();
    const bool child_reads = number == STDIN_FILENO;
    near = std::move(child_reads ? pipe->writing : pipe->reading);
    Give(std::move(child_reads ? pipe->reading : pipe->writing), number);
    return absl::OkStatus();
  }

  ChildStdio result_;
};

}  // namespace

absl::StatusOr<ChildStdio> OpenChildStdio(const Command& command) {
  Opener opener;
  StdioPipes& pipes = opener.result().pipes;
  absl::Status opened =
      opener.Open(command.standard_input, STDIN_FILENO, pipes.input);
  if (opened.ok()) {
    opened = opener.Open(command.standard_output, STDOUT_FILENO, pipes.output);
  }
  if (opened.ok()) {
    opened = opener.Open(command.standard_error, STDERR_FILENO, pipes.error);
  }
  if (!opened.ok()) return opened;
  return std::move(opener.result());
}

}  // namespace ipc_channel::internal
