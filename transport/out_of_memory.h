#ifndef IPC_CHANNEL_TRANSPORT_OUT_OF_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_OUT_OF_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <new>

#include "absl/base/config.h"
#include "absl/status/status.h"

namespace ipc_channel::transport {

// RESOURCE_EXHAUSTED, made without memory. Thread-safe.
absl::Status OutOfMemoryError();

// Calls `operation`, whose result can be made from a status. An allocation that
// fails in it, wherever, is OutOfMemoryError() and no exception.
template <class Operation>
auto OrOutOfMemory(Operation operation) -> decltype(operation()) {
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    return operation();
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  }
#else
  return operation();
#endif
}

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_OUT_OF_MEMORY_H_
