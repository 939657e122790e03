#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_GUARDED_CALL_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_GUARDED_CALL_H_

#include "absl/base/config.h"

namespace ipc_channel::router_internal {

// Calls `function`, which users wrote. True if it returned, false if it threw.
template <class Function>
bool ReturnedFrom(Function function) {
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    function();
  } catch (...) {
    return false;
  }
#else
  function();
#endif
  return true;
}

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_GUARDED_CALL_H_
