#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {

absl::Status ChoosePlacement(std::string_view name) {
  if (name == "unpinned") return absl::OkStatus();
  return absl::InvalidArgumentError("this system does not pin to cores");
}

void PinThisThread(Side) {}

bool EachSideHasACore() { return std::thread::hardware_concurrency() > 1; }

std::string PlacementInWords() { return "unpinned"; }

}  // namespace ipc_channel_bench
