#include "ipc_channel/transport/handle.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport {
namespace {

struct DescriptorOf {
  BorrowedFd operator()(const Sender& sender) const {
    return sender.valid() ? sender.lane()->descriptor() : BorrowedFd();
  }
  BorrowedFd operator()(const Receiver& receiver) const {
    const bool can_travel = receiver.valid() && receiver.lane()->CanTravel();
    return can_travel ? receiver.lane()->descriptor() : BorrowedFd();
  }
  template <class Memory>
  requires requires(const Memory& memory) { memory.region(); }
  BorrowedFd operator()(const Memory& memory) const {
    return memory.region() == nullptr ? BorrowedFd()
                                      : memory.region()->descriptor();
  }
  BorrowedFd operator()(const UniqueFd& descriptor) const {
    return descriptor.Borrow();
  }
};

struct KindOf {
  HandleKind operator()(const Sender&) const { return HandleKind::kSender; }
  HandleKind operator()(const Receiver&) const { return HandleKind::kReceiver; }
  HandleKind operator()(const SharedMemory&) const {
    return HandleKind::kSharedMemory;
  }
  HandleKind operator()(const UniqueFd&) const {
    return HandleKind::kDescriptor;
  }
  HandleKind operator()(const MutableMemory&) const {
    return HandleKind::kMutableMemory;
  }
  HandleKind operator()(const ReadOnlyMemory&) const {
    return HandleKind::kReadOnlyMemory;
  }
};

absl::string_view NameOf(HandleKind kind) {
  switch (kind) {
    case HandleKind::kSender:
      return "sender";
    case HandleKind::kReceiver:
      return "receiver";
    case HandleKind::kDescriptor:
      return "descriptor";
    case HandleKind::kSharedMemory:
    case HandleKind::kMutableMemory:
    case HandleKind::kReadOnlyMemory:
      break;
  }
  return "block of memory";
}

struct IsEmpty {
  template <class T>
  bool operator()(const T& handle) const {
    if constexpr (requires { handle.region(); }) {
      return false;  // empty memory is memory
    } else {
      return !handle.valid();
    }
  }
};

// The address of what a send would consume, or null.
const void* ConsumedAddress(const HandleRef& handle) {
  return handle.Visit([](auto& target) -> const void* {
    constexpr bool kIsConsumed =
        !std::is_const_v<std::remove_reference_t<decltype(target)>>;
    return kIsConsumed ? &target : nullptr;
  });
}

bool ConsumesOneTwice(std::span<const HandleRef> handles) {
  if (handles.size() < 2) return false;
  std::vector<const void*> consumed;
  consumed.reserve(handles.size());
  for (const HandleRef& handle : handles) {
    const void* address = ConsumedAddress(handle);
    if (address != nullptr) consumed.push_back(address);
  }
  std::ranges::sort(consumed);
  return std::ranges::adjacent_find(consumed) != consumed.end();
}

}  // namespace

HandleKind HandleRef::kind() const { return Visit(KindOf()); }

BorrowedFd HandleRef::descriptor() const { return Visit(DescriptorOf()); }

Handle HandleRef::Take() const {
  return Visit([](auto& target) -> Handle {
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(target)>>) {
      return target;
    } else {
      return std::move(target);
    }
  });
}

absl::Status CheckSendArguments(std::size_t payload_bytes,
                                std::span<const HandleRef> handles,
                                const MessageLimits& limits) {
  if (payload_bytes > limits.bytes) {
    return absl::OutOfRangeError(absl::StrCat("a payload of ", payload_bytes,
                                              " bytes is over the limit of ",
                                              limits.bytes));
  }
  if (handles.empty()) return absl::OkStatus();
  if (handles.size() > limits.handles) {
    return absl::OutOfRangeError(
        absl::StrCat(handles.size(), " handles in one message are over the ",
                     "limit of ", limits.handles));
  }
  const auto empty = std::ranges::find_if(
      handles, [](const HandleRef& handle) { return handle.Visit(IsEmpty()); });
  if (empty != handles.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("an empty handle cannot be sent: number ",
                     empty - handles.begin(), ", a ", NameOf(empty->kind())));
  }
  if (ConsumesOneTwice(handles)) {
    return absl::InvalidArgumentError(
        "a handle that the send takes can be in the message only once");
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport
