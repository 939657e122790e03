#include "ipc_channel/channel/internal/handle_lender.h"

#include <cstdint>

namespace ipc_channel::internal {
namespace {

// Values that own receivers or descriptors can only be sent as rvalues, so what
// the serializer saw through a const reference is not const.
template <class T>
T& Mutable(const void* address) {
  return *static_cast<T*>(const_cast<void*>(address));
}

transport::HandleRef RefTo(serialize::HandleKind kind, const void* address) {
  switch (static_cast<transport::HandleKind>(kind)) {
    case transport::HandleKind::kSender:
      return *static_cast<const transport::Sender*>(address);
    case transport::HandleKind::kReceiver:
      return Mutable<transport::Receiver>(address);
    case transport::HandleKind::kSharedMemory:
      return *static_cast<const transport::SharedMemory*>(address);
    case transport::HandleKind::kDescriptor:
      break;
  }
  return Mutable<transport::UniqueFd>(address);
}

}  // namespace

std::uint32_t HandleLender::Lend(serialize::HandleKind kind,
                                 const void* address) {
  handles_.push_back(RefTo(kind, address));
  return static_cast<std::uint32_t>(handles_.size() - 1);
}

}  // namespace ipc_channel::internal
