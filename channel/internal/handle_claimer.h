#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_CLAIMER_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_CLAIMER_H_

#include <cstdint>
#include <span>

#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/transport/handle.h"

namespace ipc_channel::internal {

// While a value is read: hands out the handles of the received message, each
// once. Borrows the table; what is not claimed stays in it. Thread-compatible.
class HandleClaimer final : public serialize::HandleSource {
 public:
  explicit HandleClaimer(std::span<transport::Handle> handles)
      : handles_(handles) {}

  bool Claim(serialize::HandleKind kind, std::uint32_t index,
             void* out) override;

  // False if the message brought handles that its value does not have.
  bool AllClaimed() const;

 private:
  std::span<transport::Handle> handles_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_CLAIMER_H_
