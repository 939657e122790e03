#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_AWAITED_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_AWAITED_H_

#include "absl/status/status.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::rpc::internal {

// A call whose answer somebody waits for. ClientCore calls one of the two
// functions, once, in whatever thread receives; from when it says so to whoever
// waits, the call is theirs.
class Awaited {
 public:
  Awaited() = default;
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;
  virtual ~Awaited() = default;

  // The answer came in `message`, which is cleared. With nothing locked.
  virtual void Take(transport::Message& message) = 0;
  // There will be no answer. With a lock held: must not call anything.
  virtual void Fail(const absl::Status& status) = 0;

 private:
  friend class ClientCore;
  bool is_done_ = false;  // guarded by the mutex of the ClientCore
};

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_AWAITED_H_
