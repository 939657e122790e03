#include "ipc_channel/examples/decoder/worker.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/png_image.h"
#include "ipc_channel/examples/decoder/protocol.h"
#include "ipc_channel/examples/decoder/read_file.h"
#include "ipc_channel/examples/sandbox/sandbox.h"

namespace decoder {
namespace {

absl::StatusOr<Image> Decode(const Job& job) {
  auto file = ReadFile(job.input.Borrow());
  if (!file.ok()) return file.status();
  return DecodePng(*file);
}

Reply Do(const Job& job) {
  absl::StatusOr<Image> image = Decode(job);
  if (image.ok()) return *std::move(image);
  return Refusal{std::string(image.status().message())};
}

}  // namespace

absl::StatusOr<WorkerEnds> StartWorker(const sandbox::Policy& policy) {
  auto ends = ipc_channel::InheritedChannel<Job, Reply>();
  if (!ends.ok()) return ends;
  absl::Status entered = sandbox::EnterSandbox(policy);
  if (!entered.ok()) return entered;
  return ends;
}

int RunWorker(const sandbox::Policy& policy) {
  auto parent = StartWorker(policy);
  if (!parent.ok()) return kNoSandboxCode;
  const auto job = parent->receiver.Recv();
  if (!job.ok()) return 1;
  return parent->sender.Send(Do(*job)).ok() ? 0 : 1;
}

}  // namespace decoder
