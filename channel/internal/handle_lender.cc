#include "ipc_channel/channel/internal/handle_lender.h"

#include <cstdint>

#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"

namespace ipc_channel::internal {
namespace {

// What a send takes out of a value lies in one that was passed as an rvalue:
// the serializer saw it through a const reference, but it is not const.
template <class T>
T& Mutable(const void* address) {
  return *static_cast<T*>(const_cast<void*>(address));
}

template <class T>
transport::HandleRef Shareable(const void* address, Lending lending) {
  if (lending == Lending::kMove) {
    return transport::HandleRef::Moving(Mutable<T>(address));
  }
  return *static_cast<const T*>(address);
}

transport::HandleRef RefTo(serialize::HandleKind kind, const void* address,
                           Lending lending) {
  switch (static_cast<transport::HandleKind>(kind)) {
    case transport::HandleKind::kSender:
      return Shareable<transport::Sender>(address, lending);
    case transport::HandleKind::kReceiver:
      return Mutable<transport::Receiver>(address);
    case transport::HandleKind::kSharedMemory:
      return Shareable<transport::SharedMemory>(address, lending);
    case transport::HandleKind::kMutableMemory:
      return Shareable<transport::MutableMemory>(address, lending);
    case transport::HandleKind::kReadOnlyMemory:
      return Shareable<transport::ReadOnlyMemory>(address, lending);
    case transport::HandleKind::kDescriptor:
      break;
  }
  return Mutable<transport::UniqueFd>(address);
}

}  // namespace

std::uint32_t HandleLender::Lend(serialize::HandleKind kind,
                                 const void* address) {
  handles_.push_back(RefTo(kind, address, lending_));
  return static_cast<std::uint32_t>(handles_.size() - 1);
}

}  // namespace ipc_channel::internal
