#ifndef IPC_CHANNEL_TRANSPORT_HANDLE_H_
#define IPC_CHANNEL_TRANSPORT_HANDLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// What a handle in a message is. The numbers are those of the wire format.
enum class HandleKind : std::uint32_t {
  kSender = 1,
  kReceiver = 2,
  kSharedMemory = 3,
  kDescriptor = 4,
  kMutableMemory = 5,
  kReadOnlyMemory = 6,
};

// One received handle, owned. The alternatives are in the order of HandleKind.
// std::monostate is a handle that somebody has moved out.
using Handle = std::variant<std::monostate, Sender, Receiver, SharedMemory,
                            UniqueFd, MutableMemory, ReadOnlyMemory>;

namespace internal {

template <HandleKind kKind>
using Alternative =
    std::variant_alternative_t<static_cast<std::size_t>(kKind), Handle>;
static_assert(std::is_same_v<Alternative<HandleKind::kSender>, Sender>);
static_assert(std::is_same_v<Alternative<HandleKind::kReceiver>, Receiver>);
static_assert(
    std::is_same_v<Alternative<HandleKind::kSharedMemory>, SharedMemory>);
static_assert(std::is_same_v<Alternative<HandleKind::kDescriptor>, UniqueFd>);
static_assert(
    std::is_same_v<Alternative<HandleKind::kMutableMemory>, MutableMemory>);
static_assert(
    std::is_same_v<Alternative<HandleKind::kReadOnlyMemory>, ReadOnlyMemory>);

}  // namespace internal

// A handle lent to a send: names an object that stays the caller's unless the
// send succeeds. A successful send consumes lent receivers and descriptors
// (they are empty afterwards). It shares lent senders and memory of every kind,
// unless they are lent by Moving(): then it consumes them too.
//
// A value type that must not outlive what it names; thread-compatible.
class HandleRef {
 public:
  // Implicit, so that {sender, receiver, fd} is a list of handles.
  HandleRef(const Sender& sender) : target_(&sender) {}
  HandleRef(Receiver& receiver) : target_(&receiver) {}
  HandleRef(const SharedMemory& memory) : target_(&memory) {}
  HandleRef(UniqueFd& descriptor) : target_(&descriptor) {}
  HandleRef(const MutableMemory& memory) : target_(&memory) {}
  HandleRef(const ReadOnlyMemory& memory) : target_(&memory) {}

  // Lends what is to be gone from here once it has been sent.
  static HandleRef Moving(Sender& sender) { return HandleRef(&sender); }
  static HandleRef Moving(SharedMemory& memory) { return HandleRef(&memory); }
  static HandleRef Moving(MutableMemory& memory) { return HandleRef(&memory); }
  static HandleRef Moving(ReadOnlyMemory& memory) { return HandleRef(&memory); }

  HandleKind kind() const;

  // Calls `visitor` with the object lent, of one of the six types above: as
  // const if a successful send shares it, not const if it consumes it.
  template <class Visitor>
  decltype(auto) Visit(Visitor&& visitor) const {
    return std::visit(
        [&](auto* target) -> decltype(auto) { return visitor(*target); },
        target_);
  }

  // The descriptor that stands for what is lent; not valid where it is empty or
  // cannot leave this process.
  BorrowedFd descriptor() const;

  // What a successful send does: takes what it consumes, shares the rest.
  Handle Take() const;

 private:
  using Target =
      std::variant<const Sender*, Sender*, Receiver*, const SharedMemory*,
                   SharedMemory*, UniqueFd*, const MutableMemory*,
                   MutableMemory*, const ReadOnlyMemory*, ReadOnlyMemory*>;

  explicit HandleRef(Target target) : target_(target) {}

  Target target_;
};

// What every back end checks of a send's arguments before anything else:
// OUT_OF_RANGE for a message over `limits`, INVALID_ARGUMENT for an empty
// sender, receiver or descriptor and for one that would be consumed twice.
absl::Status CheckSendArguments(std::size_t payload_bytes,
                                std::span<const HandleRef> handles,
                                const MessageLimits& limits);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_HANDLE_H_
