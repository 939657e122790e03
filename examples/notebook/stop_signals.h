#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_STOP_SIGNALS_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_STOP_SIGNALS_H_

#include <stop_token>
#include <thread>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/unique_fd.h"

namespace notebook {

// A descriptor for loops, which becomes readable when this process is told to
// end (SIGINT, SIGTERM) and stays so. From now on, and for good, these signals
// do nothing else in this thread and in those that it starts. To be called
// before there are others. RESOURCE_EXHAUSTED without descriptors or memory.
absl::StatusOr<ipc_channel::UniqueFd> StopDescriptor();

// The same for who waits with a stop token: a thread that waits for the signals
// and requests a stop. Not movable. Destroying it ends the thread.
class StopOnSignals {
 public:
  StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
  ~StopOnSignals();

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::thread thread_;
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_STOP_SIGNALS_H_
