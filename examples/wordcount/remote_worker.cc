#include "ipc_channel/examples/wordcount/remote_worker.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/wordcount/protocol.h"
#include "ipc_channel/examples/wordcount/worker_process.h"
#include "ipc_channel/ipc_channel.h"

namespace wordcount {
namespace {

namespace ipc = ipc_channel;

// How often a worker that is silent yet is asked whether it still lives.
constexpr absl::Duration kCheckInterval = absl::Milliseconds(100);

// Between being told to leave and being killed.
constexpr absl::Duration kTimeToLeave = absl::Seconds(10);

}  // namespace

absl::StatusOr<RemoteWorker> RemoteWorker::Start(const std::string& test_hold) {
  absl::StatusOr<ipc::OneShotServer<Hello>> server =
      ipc::OneShotServer<Hello>::Create();
  if (!server.ok()) return server.status();
  std::vector<std::string> arguments = {"--worker_of=" + server->name()};
  if (!test_hold.empty()) arguments.push_back("--test_hold=" + test_hold);
  absl::StatusOr<WorkerProcess> process = WorkerProcess::Start(arguments);
  if (!process.ok()) return process.status();
  return RemoteWorker(*std::move(server), *std::move(process));
}

absl::Status RemoteWorker::AwaitContact() {
  while (true) {
    auto accepted = server_.Accept(absl::Now() + kCheckInterval);
    if (accepted.ok()) {
      if (accepted->peer.pid != pid()) {
        return absl::PermissionDeniedError("a stranger called");
      }
      jobs_ = std::move(accepted->first.jobs);
      lifeline_ = std::move(accepted->receiver);
      return absl::OkStatus();
    }
    if (!absl::IsDeadlineExceeded(accepted.status())) return accepted.status();
    if (process_.HasEnded()) {
      return absl::UnavailableError("it ended before it made contact");
    }
  }
}

std::string RemoteWorker::End() {
  jobs_ = {};
  const absl::Status left = lifeline_.RecvFor(kTimeToLeave).status();
  if (!ipc::IsDisconnected(left)) process_.Kill();
  return process_.WaitForEnd();
}

}  // namespace wordcount
