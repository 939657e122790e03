#include <sys/resource.h>

#include <filesystem>
#include <iterator>
#include <system_error>

#include "ipc_channel/examples/browser/process_usage.h"

namespace browser {
namespace {

int CountEntries(const char* folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  if (error) return -1;
  return static_cast<int>(std::distance(begin(entries), end(entries)));
}

}  // namespace

int CountDescriptors() {
  // Without the one that the counting takes.
  return CountEntries("/proc/self/fd") - 1;
}

int CountThreads() { return CountEntries("/proc/self/task"); }

void RaiseDescriptorLimit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace browser
