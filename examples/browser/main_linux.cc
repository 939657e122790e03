// A browser and its renderers: one parent, ten sandboxed children, a thousand
// channels, one thread. Some of the children are good, and the others do not
// matter to them: one sends garbage, one crashes, one reads nothing, and one
// floods. Prints what became of each.

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/browser/browser.h"
#include "ipc_channel/examples/browser/process_usage.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_process.h"

namespace {

using browser::Role;

constexpr Role kRoles[] = {
    Role::kFlood, Role::kGood, Role::kGood, Role::kGarbage, Role::kGood,
    Role::kCrash, Role::kGood, Role::kDeaf, Role::kGood,    Role::kGood};

constexpr absl::Duration kPatience = absl::Minutes(2);

int MillisecondsUntil(absl::Time time) {
  const absl::Duration wait =
      std::clamp(time - absl::Now(), absl::ZeroDuration(), absl::Hours(1));
  return static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
}

// The loop, which could wait for anything else besides.
absl::Status RunLoop(browser::Browser& browser) {
  const ipc_channel::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  auto channels = browser.set().waitable();
  if (!channels.ok()) return channels.status();
  epoll_event event = {.events = EPOLLIN, .data = {.fd = channels->get()}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, channels->get(), &event) != 0) {
    return absl::InternalError(std::strerror(errno));
  }
  const absl::Time limit = absl::Now() + kPatience;
  while (!browser.set().empty()) {
    const absl::Time deadline = std::min(limit, browser.set().deadline());
    ::epoll_wait(epoll.get(), &event, 1, MillisecondsUntil(deadline));
    if (absl::Now() > limit) browser.Close("was too slow");
    absl::Status stepped = browser.Step();
    if (!stepped.ok()) return stepped;
  }
  return absl::OkStatus();
}

void PrintSummary(browser::Browser& browser) {
  int sandboxed = 0;
  int number = 0;
  for (browser::RendererHost& renderer : browser.renderers()) {
    std::printf("renderer %d: %s\n", number++, renderer.Summary().c_str());
    if (renderer.was_sandboxed()) ++sandboxed;
  }
  std::printf("sandboxed: %d of %d\n", sandboxed, number);
  std::printf("channels: %d\n", browser.channels());
  std::printf("messages received: %lld\n",
              static_cast<long long>(browser.messages()));
}

bool Browse(int& most_descriptors, int& threads) {
  browser::Browser browser;
  absl::Status status = browser.Open(kRoles);
  most_descriptors = browser::CountDescriptors();
  if (status.ok()) status = RunLoop(browser);
  threads = browser::CountThreads();
  if (!status.ok()) std::printf("%s\n", status.ToString().c_str());
  if (status.ok()) PrintSummary(browser);
  return status.ok();
}

}  // namespace

int main(int argc, char** argv) {
  browser::RunIfRenderer(argc, argv);
  browser::RaiseDescriptorLimit();
  const int threads_before = browser::CountThreads();
  const int before = browser::CountDescriptors();
  int most = 0;
  int threads = 0;
  if (!Browse(most, threads)) return 1;
  std::printf("descriptors: %d before, %d with all channels, %d after\n",
              before, most, browser::CountDescriptors());
  std::printf("threads beside the first: %d\n", threads - threads_before);
}
