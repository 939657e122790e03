#ifndef IPC_CHANNEL_BENCH_ECHO_PROCESS_H_
#define IPC_CHANNEL_BENCH_ECHO_PROCESS_H_

#include <sys/types.h>

#include <functional>

namespace ipc_channel_bench {

// A child process that runs `body` and ends with it; the destructor waits for
// it. `body` must end when what it reads from is disconnected, which the owner
// brings about before. Forked, so start it before any thread.
// Thread-compatible.
class EchoProcess {
 public:
  explicit EchoProcess(const std::function<void()>& body);
  EchoProcess(const EchoProcess&) = delete;
  EchoProcess& operator=(const EchoProcess&) = delete;
  ~EchoProcess();

 private:
  pid_t pid_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_ECHO_PROCESS_H_
