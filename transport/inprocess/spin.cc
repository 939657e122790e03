#include "ipc_channel/transport/inprocess/spin.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "absl/functional/function_ref.h"

namespace ipc_channel::transport::inprocess {
namespace {

// About what a wake-up costs both sides.
constexpr std::chrono::microseconds kLongest(5);

// Between two looks: some hundred cycles, in which a busy thread does more than
// one thing.
constexpr int kIdleSteps = 128;

constexpr int kMostLeftOut = 64;

bool HasOtherProcessors() {
  static const bool has_others = std::thread::hardware_concurrency() > 1;
  return has_others;
}

void Idle() {
  for (volatile int step = 0; step < kIdleSteps;) step = step + 1;
}

}  // namespace

// Two threads may get the counts wrong between them, and nothing depends on it.
void Spinner::SpinUntil(absl::FunctionRef<bool()> done) {
  if (done() || !HasOtherProcessors()) return;
  const int left_out = left_out_.load(std::memory_order_relaxed);
  if (left_out > 0) {
    left_out_.store(left_out - 1, std::memory_order_relaxed);
    return;
  }
  const auto end = std::chrono::steady_clock::now() + kLongest;
  do {
    Idle();
    if (!done()) continue;
    if (penalty_.load(std::memory_order_relaxed) != 1) {
      penalty_.store(1, std::memory_order_relaxed);
    }
    return;
  } while (std::chrono::steady_clock::now() < end);
  const int penalty = penalty_.load(std::memory_order_relaxed);
  left_out_.store(penalty, std::memory_order_relaxed);
  penalty_.store(std::min(2 * penalty, kMostLeftOut),
                 std::memory_order_relaxed);
}

}  // namespace ipc_channel::transport::inprocess
