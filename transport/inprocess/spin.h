#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>

#include "absl/functional/function_ref.h"

namespace ipc_channel::transport::inprocess {

// Waits for something that another thread is about to do, where that costs less
// than to be put to sleep and woken. Thread-safe.
class Spinner {
 public:
  // Waits until `done` gives true, but no longer than some microseconds, and
  // not at all on a machine with one processor. Looks seldom, so as not to
  // disturb who does it. After a vain attempt, when the other thread has no
  // processor or nothing to do, the next ones are left out, ever more of them.
  void SpinUntil(absl::FunctionRef<bool()> done);

 private:
  std::atomic<int> left_out_ = 0;  // how many are yet to be
  std::atomic<int> penalty_ = 1;   // how many the next vain attempt costs
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_
