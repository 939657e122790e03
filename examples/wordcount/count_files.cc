#include "ipc_channel/examples/wordcount/count_files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/wordcount/job_queue.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/printable.h"
#include "ipc_channel/examples/wordcount/progress_bar.h"
#include "ipc_channel/examples/wordcount/session.h"
#include "ipc_channel/examples/wordcount/tally.h"

namespace wordcount {
namespace {

std::uint64_t TotalSize(const std::vector<std::string>& paths) {
  std::uint64_t total = 0;
  for (const std::string& path : paths) {
    struct stat info = {};
    if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      total += static_cast<std::uint64_t>(info.st_size);
    }
  }
  return total;
}

// What a session uses at most, while it starts a worker or talks to one, and
// what the process has open beside that; both rounded up.
constexpr rlim_t kDescriptorsPerSession = 12;
constexpr rlim_t kOtherDescriptors = 16;

// As many sessions as the process's limit of descriptors is enough for: with
// more of them files would fail for want of descriptors.
int SessionsWithinLimit(int wanted) {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t room =
      std::max(limit.rlim_cur, kOtherDescriptors) - kOtherDescriptors;
  const rlim_t possible = std::max<rlim_t>(room / kDescriptorsPerSession, 1);
  return static_cast<int>(std::min(possible, static_cast<rlim_t>(wanted)));
}

// What is left when no session could go on.
void FailTheRest(const absl::Status& why, JobQueue& queue, Tally& tally,
                 ProgressBar& bar) {
  while (std::optional<FileJob> job = queue.Take()) {
    const std::string reason = absl::StrCat("no worker could be started: ",
                                            std::string(why.message()));
    bar.Note("wordcount: " + Printable(job->path) + ": " + reason);
    tally.Fail(job->index, absl::Status(why.code(), reason));
    queue.Done();
  }
}

}  // namespace

Outcome CountFiles(const std::vector<std::string>& paths, int workers,
                   const std::string& test_hold) {
  JobQueue queue(paths);
  Tally tally(paths);
  ProgressBar bar;
  if (::isatty(STDERR_FILENO) != 0) bar.Show(TotalSize(paths));

  const int sessions = SessionsWithinLimit(workers);
  std::vector<absl::Status> ends(static_cast<std::size_t>(sessions));
  std::vector<std::thread> threads;
  for (int i = 0; i < sessions; ++i) {
    threads.emplace_back([&, i] {
      Session session(i + 1, test_hold, queue, tally, bar);
      ends[static_cast<std::size_t>(i)] = session.Run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  FailTheRest(ends.front(), queue, tally, bar);
  return tally.Take();
}

}  // namespace wordcount
