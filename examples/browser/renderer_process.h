#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_PROCESS_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace browser {

// This program as a renderer, in a process of its own, which never outlives
// this object. Move-only; thread-compatible.
class RendererProcess {
 public:
  // RESOURCE_EXHAUSTED and others as the system refuses.
  static absl::StatusOr<RendererProcess> Start(const std::string& server);

  RendererProcess(RendererProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)) {}
  RendererProcess& operator=(RendererProcess&&) = delete;
  ~RendererProcess() {
    if (pid_ >= 0) End();
  }

  void Kill();

  // Kills what has not exited, and says how it ended: "exited with 0", "died by
  // signal 6". To be called once.
  std::string End();

 private:
  explicit RendererProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;  // -1 once reaped
};

// Whether this process is a renderer. Then it goes no further than here.
void RunIfRenderer(int argc, char** argv);

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_PROCESS_H_
