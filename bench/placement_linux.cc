#include <sched.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {
namespace {

struct Placement {
  std::string name = "unpinned";
  int parent = -1;  // a core's number; none if negative
  int child = -1;
};

Placement& Chosen() {
  static auto& placement = *new Placement;
  return placement;
}

cpu_set_t AllowedCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  CheckCall(::sched_getaffinity(0, sizeof(allowed), &allowed) == 0,
            "sched_getaffinity");
  return allowed;
}

// The first allowed core from number `from` on; negative if there is none.
int AllowedCore(const cpu_set_t& allowed, int from) {
  for (int core = from; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) return core;
  }
  return -1;
}

}  // namespace

absl::Status ChoosePlacement(std::string_view name) {
  Placement placement = {.name = std::string(name)};
  if (name != "unpinned" && name != "one_core" && name != "two_cores") {
    return absl::InvalidArgumentError(
        absl::StrCat("no placement is named ", placement.name,
                     ": there are unpinned, one_core and two_cores"));
  }
  if (name != "unpinned") {
    const cpu_set_t allowed = AllowedCores();
    placement.parent = AllowedCore(allowed, 0);
    placement.child = name == "one_core"
                          ? placement.parent
                          : AllowedCore(allowed, placement.parent + 1);
    if (placement.child < 0) {
      return absl::FailedPreconditionError("this process has one core only");
    }
  }
  Chosen() = placement;
  return absl::OkStatus();
}

void PinThisThread(Side side) {
  const int core = side == Side::kParent ? Chosen().parent : Chosen().child;
  if (core < 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  CheckCall(::sched_setaffinity(0, sizeof(one), &one) == 0,
            "sched_setaffinity");
}

bool EachSideHasACore() {
  const Placement& placement = Chosen();
  if (placement.parent >= 0) return placement.parent != placement.child;
  const cpu_set_t allowed = AllowedCores();
  return CPU_COUNT(&allowed) > 1;
}

std::string PlacementInWords() {
  const Placement& placement = Chosen();
  if (placement.parent < 0) return placement.name;
  return absl::StrCat(placement.name, ": parent on ", placement.parent,
                      ", child on ", placement.child);
}

}  // namespace ipc_channel_bench
