#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_LENDER_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_LENDER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/transport/handle.h"

namespace ipc_channel::internal {

// The kinds of handles that a value can have, in the serializer's vocabulary.
constexpr serialize::HandleKind WireKind(transport::HandleKind kind) {
  return static_cast<serialize::HandleKind>(kind);
}

// What a successful send does with the senders and the memory in a value.
enum class Lending { kShare, kMove };

// While a value is written: notes which handles inside it the send will borrow.
// The addresses are of transport::Sender, Receiver, SharedMemory, UniqueFd,
// MutableMemory or ReadOnlyMemory, as the kind says. Thread-compatible.
class HandleLender final : public serialize::HandleSink {
 public:
  explicit HandleLender(Lending lending) : lending_(lending) {}

  std::uint32_t Lend(serialize::HandleKind kind, const void* address) override;

  std::span<const transport::HandleRef> handles() const { return handles_; }

 private:
  const Lending lending_;
  std::vector<transport::HandleRef> handles_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_HANDLE_LENDER_H_
