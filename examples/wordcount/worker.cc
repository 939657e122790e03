#include "ipc_channel/examples/wordcount/worker.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/count_file.h"
#include "ipc_channel/examples/wordcount/protocol.h"
#include "ipc_channel/examples/wordcount/test_hold.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/examples/wordcount/word_table.h"
#include "ipc_channel/ipc_channel.h"

namespace wordcount {
namespace {

namespace ipc = ipc_channel;

constexpr std::uint64_t kProgressStep = std::uint64_t{4} << 20;

// 0 where the size says nothing, as for block devices.
std::uint64_t SizeOf(const ipc::UniqueFd& file) {
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.st_size);
}

class Worker {
 public:
  Worker(ipc::Receiver<Job> jobs, const TestHold& hold)
      : jobs_(std::move(jobs)), hold_(hold) {}

  // Until the parent hangs up.
  absl::Status Run() {
    while (true) {
      absl::StatusOr<Job> job = jobs_.Recv();
      if (ipc::IsDisconnected(job.status())) return absl::OkStatus();
      if (!job.ok()) return job.status();
      Answer(*job);
    }
  }

 private:
  void Answer(const Job& job) {
    absl::StatusOr<ipc::SharedMemory> table = MakeTable(job);
    const absl::Status sent =
        table.ok() ? job.reply.Send(Counted{*table}) : table.status();
    if (!sent.ok()) {
      // Fails if the parent is gone, and so will the next receive.
      job.reply.Send(Unreadable{std::string(sent.message())}).IgnoreError();
    }
  }

  absl::StatusOr<ipc::SharedMemory> MakeTable(const Job& job) {
    const std::uint64_t size = SizeOf(job.file);
    std::uint64_t before = 0;
    std::uint64_t reported = 0;
    const auto after_piece = [&](std::uint64_t counted) {
      const bool is_halfway = 2 * before < size && 2 * counted >= size;
      before = counted;
      if (is_halfway && hold_.Claim()) {
        WaitForParentToEnd();
        return false;
      }
      if (counted - reported < kProgressStep) return true;
      const absl::Status sent = job.reply.TrySend(Progress{counted - reported});
      if (sent.ok()) reported = counted;
      return !ipc::IsDisconnected(sent);
    };
    absl::StatusOr<WordCounts> counts =
        CountFile(job.file.Borrow(), after_piece);
    if (!counts.ok()) return counts.status();
    return MakeWordTable(*counts);
  }

  // No job comes while one is unanswered.
  void WaitForParentToEnd() { static_cast<void>(jobs_.Recv()); }

  ipc::Receiver<Job> jobs_;
  const TestHold& hold_;
};

absl::Status Work(const std::string& server_name, const TestHold& hold) {
  absl::StatusOr<ipc::Sender<Hello>> parent = ipc::Connect<Hello>(server_name);
  if (!parent.ok()) return parent.status();
  absl::StatusOr<ipc::ChannelEnds<Job>> jobs = ipc::Channel<Job>();
  if (!jobs.ok()) return jobs.status();
  const absl::Status sent = parent->Send(Hello{std::move(jobs->sender)});
  if (!sent.ok()) return sent;
  return Worker(std::move(jobs->receiver), hold).Run();
}

}  // namespace

int RunWorker(const std::string& server_name, const TestHold& hold) {
  const absl::Status status = Work(server_name, hold);
  if (status.ok() || ipc::IsDisconnected(status)) return 0;
  std::fprintf(stderr, "wordcount worker: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace wordcount
