#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/functional/function_ref.h"

namespace ipc_channel::transport::inprocess {

// Waits for something that another thread is about to do, and that costs less
// than to be put to sleep and woken: until `done` gives true, but no longer
// than some microseconds, and not at all on a machine with one processor. Looks
// seldom, so as not to disturb who does it. Thread-safe if `done` is.
void SpinUntil(absl::FunctionRef<bool()> done);

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_SPIN_H_
