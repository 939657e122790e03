#include "ipc_channel/transport/mach/outgoing_handles.h"

#include <sys/fileport.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/mach/mach_receiver.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/mach_sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

absl::Status CannotLeave() {
  return absl::InvalidArgumentError("a handle that cannot leave this process");
}

// The name that stands for what is lent, MACH_PORT_NULL if there is none. For a
// descriptor see NewFilePort().
struct NameOf {
  mach_port_name_t operator()(const Sender& sender) const {
    if (sender.lane() == nullptr) return MACH_PORT_NULL;
    const auto* lane =
        dynamic_cast<const MachSenderLane*>(&sender.lane()->Innermost());
    return lane == nullptr ? MACH_PORT_NULL : lane->port();
  }
  mach_port_name_t operator()(const Receiver& receiver) const {
    if (receiver.lane() == nullptr) return MACH_PORT_NULL;
    const auto* lane =
        dynamic_cast<const MachReceiverLane*>(&receiver.lane()->Innermost());
    return lane == nullptr ? MACH_PORT_NULL : lane->port();
  }
  template <class Memory>
  requires requires(const Memory& memory) { memory.region(); }
  mach_port_name_t operator()(const Memory& memory) const {
    const auto* region = dynamic_cast<const HasEntry*>(memory.region().get());
    return region == nullptr ? MACH_PORT_NULL : region->entry().name();
  }
  mach_port_name_t operator()(const UniqueFd& /*descriptor*/) const {
    return MACH_PORT_NULL;
  }
};

struct MemoryBytesOf {
  template <class T>
  std::size_t operator()(const T& handle) const {
    if constexpr (requires { handle.region(); }) {
      return handle.size();
    } else {
      return 0;
    }
  }
};

struct LaneOf {
  MachReceiverLane* operator()(Receiver& receiver) const {
    return dynamic_cast<MachReceiverLane*>(&receiver.lane()->Innermost());
  }
  template <class T>
  MachReceiverLane* operator()(T& /*handle*/) const {
    return nullptr;
  }
};

struct FdOf {
  BorrowedFd operator()(const UniqueFd& descriptor) const {
    return descriptor.Borrow();
  }
  template <class T>
  BorrowedFd operator()(const T& /*handle*/) const {
    return BorrowedFd();
  }
};

absl::StatusOr<SendRight> NewFilePort(BorrowedFd descriptor) {
  mach_port_t port = MACH_PORT_NULL;
  const int result = ::fileport_makeport(descriptor.get(), &port);
  SendRight owned(port);
  if (result != 0) return ErrnoToStatus(errno, "fileport_makeport");
  return owned;
}

bool IsHere(mach_port_name_t receive_right) {
  mach_port_urefs_t references = 0;
  return ::mach_port_get_refs(mach_task_self(), receive_right,
                              MACH_PORT_RIGHT_RECEIVE,
                              &references) == KERN_SUCCESS &&
         references != 0;
}

bool IsEmptyMemory(const HandleRef& handle) {
  switch (handle.kind()) {
    case HandleKind::kSharedMemory:
    case HandleKind::kMutableMemory:
    case HandleKind::kReadOnlyMemory:
      return handle.Visit(MemoryBytesOf()) == 0;
    default:
      return false;
  }
}

}  // namespace

void OutgoingHandles::AddPort(HandleKind kind, std::size_t memory_bytes,
                              mach_port_name_t name) {
  records_.push_back(
      {.kind = static_cast<std::uint32_t>(kind), .memory_bytes = memory_bytes});
  ports_.push_back(
      {.name = name, .disposition = MACH_MSG_TYPE_COPY_SEND, .moved = nullptr});
}

void OutgoingHandles::AddReceiver(mach_port_name_t name,
                                  MachReceiverLane* lane) {
  records_.push_back(
      {.kind = static_cast<std::uint32_t>(HandleKind::kReceiver)});
  moved_.push_back(
      {.name = name, .disposition = MACH_MSG_TYPE_MOVE_RECEIVE, .moved = lane});
}

absl::Status OutgoingHandles::AddOne(const HandleRef& handle) {
  const HandleKind kind = handle.kind();
  if (IsEmptyMemory(handle)) {
    records_.push_back({.kind = static_cast<std::uint32_t>(kind)});
    return absl::OkStatus();
  }
  if (kind == HandleKind::kDescriptor) {
    absl::StatusOr<SendRight> file = NewFilePort(handle.Visit(FdOf()));
    if (!file.ok()) return file.status();
    AddPort(kind, 0, file->name());
    files_.push_back(*std::move(file));
    return absl::OkStatus();
  }
  const mach_port_name_t name = handle.Visit(NameOf());
  if (name == MACH_PORT_NULL) return CannotLeave();
  if (kind == HandleKind::kReceiver) {
    AddReceiver(name, handle.Visit(LaneOf()));
  } else {
    AddPort(kind, handle.Visit(MemoryBytesOf()), name);
  }
  return absl::OkStatus();
}

absl::Status OutgoingHandles::Add(std::span<const HandleRef> handles) {
  records_.reserve(handles.size());
  ports_.reserve(handles.size());
  for (const HandleRef& handle : handles) {
    absl::Status added = AddOne(handle);
    if (!added.ok()) return added;
  }
  ports_.insert(ports_.end(), moved_.begin(), moved_.end());
  return absl::OkStatus();
}

void OutgoingHandles::Sent() {
  for (const Port& port : ports_) {
    if (port.moved != nullptr) port.moved->WasMoved();
  }
}

void OutgoingHandles::Refused() {
  for (const Port& port : moved_) {
    if (!IsHere(port.name)) port.moved->WasLost();
  }
}

void OutgoingHandles::TakeBack(std::size_t port, mach_port_name_t name) {
  ports_[port].name = name;
  ports_[port].moved->CameBack(name);
}

}  // namespace ipc_channel::transport::mach_backend
