#include "ipc_channel/bench/echo_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

namespace ipc_channel_bench {

EchoProcess::EchoProcess(const std::function<void()>& body) : pid_(::fork()) {
  if (pid_ < 0) {
    std::perror("fork");
    std::exit(1);
  }
  if (pid_ == 0) {
    body();
    ::_exit(0);
  }
}

EchoProcess::~EchoProcess() { ::waitpid(pid_, nullptr, 0); }

}  // namespace ipc_channel_bench
