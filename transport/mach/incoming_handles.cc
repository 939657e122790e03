#include "ipc_channel/transport/mach/incoming_handles.h"

#include <mach/mach_vm.h>
#include <sys/fileport.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/mach_receiver.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/mach_sender.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/vm_region.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

absl::StatusOr<Handle> SenderFrom(SendRight right) {
  if (!right.valid()) return absl::DataLossError("a sender that is no port");
  return Handle(Sender(MachSenderLane::For(std::move(right))));
}

absl::StatusOr<Handle> ReceiverFrom(ReceiveRight right) {
  if (!MACH_PORT_VALID(right.name())) {
    return absl::DataLossError("a receiver that is no port");
  }
  absl::StatusOr<std::unique_ptr<MachReceiverLane>> lane =
      MachReceiverLane::Create(std::move(right));
  if (!lane.ok()) return lane.status();
  return Handle(Receiver(*std::move(lane)));
}

// The new descriptor is close-on-exec (sys_fileport_makefd() in
// bsd/kern/kern_descrip.c).
absl::StatusOr<Handle> DescriptorFrom(const SendRight& right) {
  UniqueFd descriptor(::fileport_makefd(right.name()));
  if (descriptor.valid()) return Handle(std::move(descriptor));
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
    return ErrnoToStatus(errno, "fileport_makefd");
  }
  return absl::DataLossError("a descriptor that is no file");
}

template <class Memory, class RegionOf>
absl::StatusOr<Handle> MemoryFrom(SendRight entry, std::size_t size,
                                  RegionOf region_of) {
  auto region = region_of(std::move(entry), size);
  if (!region.ok()) return region.status();
  return Handle(Memory(*std::move(region)));
}

absl::StatusOr<Handle> FromSendRight(const HandleRecord& record,
                                     SendRight right) {
  switch (static_cast<HandleKind>(record.kind)) {
    case HandleKind::kSender:
      return SenderFrom(std::move(right));
    case HandleKind::kDescriptor:
      return DescriptorFrom(right);
    case HandleKind::kSharedMemory:
      return MemoryFrom<SharedMemory>(std::move(right), record.memory_bytes,
                                      ImmutableRegionOf);
    case HandleKind::kMutableMemory:
      return MemoryFrom<MutableMemory>(std::move(right), record.memory_bytes,
                                       MutableRegionOf);
    case HandleKind::kReadOnlyMemory:
      return MemoryFrom<ReadOnlyMemory>(std::move(right), record.memory_bytes,
                                        ReadOnlyRegionOf);
    case HandleKind::kReceiver:
      break;
  }
  return absl::DataLossError("a send right where none is due");
}

// The handles that have no port: blocks of memory that are empty.
absl::StatusOr<Handle> WithoutPort(HandleKind kind) {
  switch (kind) {
    case HandleKind::kSharedMemory:
      return Handle(SharedMemory());
    case HandleKind::kMutableMemory:
      return Handle(MutableMemory());
    case HandleKind::kReadOnlyMemory:
      return Handle(ReadOnlyMemory());
    default:
      return absl::DataLossError("a handle of no known kind");
  }
}

bool IsMemory(HandleKind kind) {
  return kind == HandleKind::kSharedMemory ||
         kind == HandleKind::kMutableMemory ||
         kind == HandleKind::kReadOnlyMemory;
}

absl::StatusOr<Handle> FromRight(const HandleRecord& record, AnyRight right) {
  if (auto* send = std::get_if<SendRight>(&right)) {
    return FromSendRight(record, std::move(*send));
  }
  auto* receive = std::get_if<ReceiveRight>(&right);
  if (receive != nullptr &&
      static_cast<HandleKind>(record.kind) == HandleKind::kReceiver) {
    return ReceiverFrom(std::move(*receive));
  }
  return absl::DataLossError("a right of another kind than is said");
}

bool HasPort(const HandleRecord& record) {
  return !IsMemory(static_cast<HandleKind>(record.kind)) ||
         record.memory_bytes != 0;
}

bool IsReceiver(const HandleRecord& record) {
  return static_cast<HandleKind>(record.kind) == HandleKind::kReceiver;
}

// Which right is the next record's.
struct RightOrder {
  std::size_t next_of_others = 0;
  std::size_t next_of_receivers = 0;

  std::size_t NextOf(const HandleRecord& record) {
    return IsReceiver(record) ? next_of_receivers++ : next_of_others++;
  }
};

absl::Status CheckRecord(const HandleRecord& record) {
  const auto kind = static_cast<HandleKind>(record.kind);
  if (record.reserved != 0 || (!IsMemory(kind) && record.memory_bytes != 0)) {
    return absl::DataLossError("malformed message: a handle's record");
  }
  return absl::OkStatus();
}

// Each record, and that there is a right for each that has one, and no more.
absl::StatusOr<RightOrder> CheckRecords(IncomingMessage& incoming) {
  RightOrder order;
  std::size_t ports = 0;
  for (const HandleRecord& record : incoming.records()) {
    absl::Status valid = CheckRecord(record);
    if (!valid.ok()) return valid;
    if (!HasPort(record)) continue;
    ++ports;
    if (!IsReceiver(record)) ++order.next_of_receivers;
  }
  if (ports != incoming.rights().size()) {
    return absl::DataLossError("malformed message: rights of another number");
  }
  return order;
}

}  // namespace

absl::Status UnpackHandles(IncomingMessage& incoming, Message& message) {
  absl::StatusOr<RightOrder> order = CheckRecords(incoming);
  if (!order.ok()) return order.status();
  for (const HandleRecord& record : incoming.records()) {
    absl::StatusOr<Handle> handle =
        HasPort(record)
            ? FromRight(record,
                        std::move(incoming.rights()[order->NextOf(record)]))
            : WithoutPort(static_cast<HandleKind>(record.kind));
    if (!handle.ok()) return handle.status();
    message.handles().push_back(*std::move(handle));
  }
  return absl::OkStatus();
}

absl::Status UnpackOutOfLine(IncomingMessage& incoming, Message& message) {
  VmRegion region = std::move(incoming.out_of_line());
  const bool is_aligned = region.address() % kPayloadAlignment == 0;
  if (!is_aligned || !IsAnonymous(region.bytes())) {
    absl::StatusOr<VmRegion> copy = VmRegion::Allocate(region.size());
    if (!copy.ok()) return copy.status();
    mach_vm_size_t copied = 0;
    const kern_return_t result =
        ::mach_vm_read_overwrite(mach_task_self(), region.address(),
                                 region.size(), copy->address(), &copied);
    if (result != KERN_SUCCESS || copied != region.size()) {
      return absl::DataLossError("malformed message: memory without content");
    }
    region = *std::move(copy);
  }
  message.SetMappedPayload(
      SharedMemory(std::make_shared<const MachRegion<const std::byte>>(
          SendRight(), std::move(region))));
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::mach_backend
