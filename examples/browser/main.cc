// A browser and its renderers: one parent, ten sandboxed children, a thousand
// channels, one thread. Half of the children are good, and the others do not
// matter to them: two send what they must not, one crashes, one reads nothing,
// and one floods. Prints what became of each.

#include <cstdio>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/examples/browser/browser.h"
#include "ipc_channel/examples/browser/process_usage.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer_host.h"
#include "ipc_channel/examples/browser/renderer_process.h"

namespace {

using browser::Role;

constexpr Role kRoles[] = {
    Role::kFlood, Role::kGood, Role::kGood, Role::kGarbage, Role::kGood,
    Role::kCrash, Role::kGood, Role::kDeaf, Role::kHuge,    Role::kGood};

constexpr absl::Duration kPatience = absl::Minutes(2);

// The browser is callbacks and coroutines of the loop, and has no part in how
// it goes round.
void RunLoop(ipc_channel::EventLoop& loop, browser::Browser& browser) {
  const absl::Time limit = absl::Now() + kPatience;
  while (!browser.has_ended()) {
    loop.RunOnce(limit);
    if (browser.only_floods_are_left()) browser.Close("flooded");
    if (absl::Now() > limit) browser.Close("was too slow");
  }
}

void PrintSummary(const browser::Browser& browser) {
  int sandboxed = 0;
  int number = 0;
  for (const auto& renderer : browser.renderers()) {
    std::printf("renderer %d: %s\n", number++, renderer->Summary().c_str());
    if (renderer->was_sandboxed()) ++sandboxed;
  }
  std::printf("sandboxed: %d of %d\n", sandboxed, number);
  std::printf("channels: %d\n", browser.channels());
  std::printf("messages received: %lld\n",
              static_cast<long long>(browser.messages()));
}

// What the process has while all channels are open.
struct Usage {
  int descriptors = 0;
  int threads = 0;
};

absl::Status Browse(Usage& usage) {
  auto loop = ipc_channel::NewEventLoop();
  if (!loop.ok()) return loop.status();
  browser::Browser browser(**loop);
  absl::Status opened = browser.Open(kRoles);
  if (!opened.ok()) return opened;
  usage.descriptors = browser::CountDescriptors();
  RunLoop(**loop, browser);
  usage.threads = browser::CountThreads();
  PrintSummary(browser);
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  browser::RunIfRenderer(argc, argv);
  browser::RaiseDescriptorLimit();
  const Usage before = {browser::CountDescriptors(), browser::CountThreads()};
  Usage usage;
  const absl::Status browsed = Browse(usage);
  if (!browsed.ok()) {
    std::fprintf(stderr, "%s\n", browsed.ToString().c_str());
    return 1;
  }
  std::printf("descriptors: %d before, %d with all channels, %d after\n",
              before.descriptors, usage.descriptors,
              browser::CountDescriptors());
  std::printf("threads beside the first: %d\n", usage.threads - before.threads);
}
