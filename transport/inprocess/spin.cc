#include "ipc_channel/transport/inprocess/spin.h"

#include <chrono>
#include <thread>

#include "absl/functional/function_ref.h"

namespace ipc_channel::transport::inprocess {
namespace {

// About what a wake-up costs both sides.
constexpr std::chrono::microseconds kLongest(5);

// Between two looks: some hundred cycles.
constexpr int kIdleSteps = 64;

bool HasOtherProcessors() {
  static const bool has_others = std::thread::hardware_concurrency() > 1;
  return has_others;
}

void Idle() {
  for (volatile int step = 0; step < kIdleSteps;) step = step + 1;
}

}  // namespace

void SpinUntil(absl::FunctionRef<bool()> done) {
  if (done() || !HasOtherProcessors()) return;
  const auto end = std::chrono::steady_clock::now() + kLongest;
  do {
    Idle();
    if (done()) return;
  } while (std::chrono::steady_clock::now() < end);
}

}  // namespace ipc_channel::transport::inprocess
