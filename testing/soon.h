#ifndef IPC_CHANNEL_TESTING_SOON_H_
#define IPC_CHANNEL_TESTING_SOON_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ipc_channel_testing {

// A deadline that only a failing test reaches.
inline absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_SOON_H_
