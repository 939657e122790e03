#include <signal.h>

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/decode_in_worker.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/protocol.h"
#include "ipc_channel/examples/decoder/worker.h"
#include "ipc_channel/transport/status.h"

namespace decoder {
namespace {

namespace ipc = ipc_channel;

ipc::Command CommandOf(const WorkerOptions& options) {
  // A reply is small, and brings one memory object: a worker that sends more
  // has sent nothing. What it would print does not reach the terminal.
  return {.program = options.program,
          .arguments = options.arguments,
          .inherit_environment = false,
          .standard_input = ipc::Stdio::Null(),
          .standard_output = ipc::Stdio::Null(),
          .standard_error = ipc::Stdio::Null(),
          .to_parent = {.max_message_bytes = 4096, .max_message_handles = 1}};
}

std::string Describe(const ipc::ExitStatus& end) {
  if (end.signal() == SIGSYS) return "made a forbidden system call";
  if (end.signal() == SIGXCPU) return "used up its processor time";
  if (end.exit_code() == kNoSandboxCode) return "was let into no sandbox";
  return absl::StrCat(end.signal().has_value() ? "was " : "", end.ToString());
}

absl::Status TooSlow(const WorkerOptions& options) {
  return absl::DeadlineExceededError(
      absl::StrCat("the worker took more than ",
                   absl::FormatDuration(options.time), " and was killed"));
}

// Of a worker that said nothing and hung up. It need not have ended: it may
// have closed its end and go on.
absl::Status WhyItLeft(ipc::Child& child, absl::Time deadline,
                       const WorkerOptions& options) {
  const auto end = child.WaitUntil(deadline);
  if (absl::IsDeadlineExceeded(end.status())) return TooSlow(options);
  if (!end.ok()) return end.status();
  return absl::AbortedError(absl::StrCat("the worker ", Describe(*end)));
}

absl::StatusOr<Image> Checked(Image image) {
  if (!AreGoodDimensions(image.width, image.height) ||
      image.pixels.size() != PixelBytes(image.width, image.height)) {
    return absl::DataLossError("the worker lied about the image");
  }
  return image;
}

absl::StatusOr<Image> ImageOf(Reply reply) {
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    return absl::InvalidArgumentError(absl::CHexEscape(refusal->reason));
  }
  return Checked(std::get<Image>(std::move(reply)));
}

}  // namespace

absl::StatusOr<Image> DecodeInWorker(ipc::UniqueFd file,
                                     const WorkerOptions& options) {
  const absl::Time deadline = absl::Now() + options.time;
  auto worker = ipc::Spawn<Job, Reply>(CommandOf(options));
  if (!worker.ok()) return worker.status();
  const absl::Status sent =
      worker->sender.SendUntil({std::move(file)}, deadline);
  if (!sent.ok() && !ipc::transport::IsDisconnected(sent)) return sent;
  auto reply = worker->receiver.RecvUntil(deadline);
  if (reply.ok()) return ImageOf(*std::move(reply));
  if (ipc::transport::IsDisconnected(reply.status())) {
    return WhyItLeft(worker->child, deadline, options);
  }
  if (absl::IsDeadlineExceeded(reply.status())) return TooSlow(options);
  if (absl::IsDataLoss(reply.status())) {
    return absl::DataLossError("the worker sent what is no reply");
  }
  return reply.status();
}  // which kills the worker

}  // namespace decoder
