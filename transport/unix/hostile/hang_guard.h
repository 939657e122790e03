#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HANG_GUARD_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HANG_GUARD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace ipc_channel_hostile {

// Calls `on_expiry` from a thread of its own once Restart() has not been called
// for two minutes.
class HangGuard {
 public:
  explicit HangGuard(std::function<void()> on_expiry);
  HangGuard(const HangGuard&) = delete;
  HangGuard& operator=(const HangGuard&) = delete;
  ~HangGuard();

  void Restart();

 private:
  void Run();

  const std::function<void()> on_expiry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int restarts_ = 0;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HANG_GUARD_H_
