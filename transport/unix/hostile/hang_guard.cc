#include "ipc_channel/transport/unix/hostile/hang_guard.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <utility>

namespace ipc_channel_hostile {

HangGuard::HangGuard(std::function<void()> on_expiry)
    : on_expiry_(std::move(on_expiry)), thread_([this] { Run(); }) {}

HangGuard::~HangGuard() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void HangGuard::Restart() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++restarts_;
  }
  changed_.notify_one();
}

void HangGuard::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!is_over_) {
    const int before = restarts_;
    // By the system's clock: sanitizers do not know the wait by another one.
    const auto limit =
        std::chrono::system_clock::now() + std::chrono::minutes(2);
    const bool is_alive = changed_.wait_until(
        lock, limit, [&] { return is_over_ || restarts_ != before; });
    if (!is_alive) {
      on_expiry_();
      return;
    }
  }
}

}  // namespace ipc_channel_hostile
