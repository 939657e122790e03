#include "ipc_channel/transport/mach/outgoing_message.h"

#include <mach/mach.h>
#include <mach/mach_vm.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::transport::mach_backend {
namespace {

constexpr std::size_t RoundUp(std::size_t size) {
  return (size + sizeof(natural_t) - 1) / sizeof(natural_t) * sizeof(natural_t);
}

// The message being written, in the memory of this thread.
class MessageWriter {
 public:
  explicit MessageWriter(std::size_t size) {
    thread_local std::vector<natural_t> buffer;
    if (buffer.size() * sizeof(natural_t) < size) {
      buffer.resize(RoundUp(size) / sizeof(natural_t));
    }
    begin_ = reinterpret_cast<std::byte*>(buffer.data());
  }

  mach_msg_header_t* header() {
    return reinterpret_cast<mach_msg_header_t*>(begin_);
  }

  std::byte* At(std::size_t offset) { return begin_ + offset; }

  template <class T>
  void Write(std::size_t offset, const T& value) {
    std::memcpy(begin_ + offset, &value, sizeof(T));
  }
  template <class T>
  T Read(std::size_t offset) const {
    T value;
    std::memcpy(&value, begin_ + offset, sizeof(T));
    return value;
  }

 private:
  std::byte* begin_;
};

constexpr std::size_t kDescriptorsAt =
    sizeof(mach_msg_header_t) + sizeof(mach_msg_body_t);

std::size_t PortAt(std::size_t index, bool is_out_of_line) {
  return kDescriptorsAt + index * sizeof(mach_msg_port_descriptor_t) +
         (is_out_of_line ? sizeof(mach_msg_ool_descriptor_t) : 0);
}

void WriteDescriptors(MessageWriter& message, const OutgoingHandles& handles,
                      std::span<const std::byte> out_of_line) {
  const std::size_t ports = handles.ports().size();
  message.Write(
      sizeof(mach_msg_header_t),
      mach_msg_body_t{.msgh_descriptor_count = static_cast<mach_msg_size_t>(
                          ports + !out_of_line.empty())});
  const bool is_out_of_line = !out_of_line.empty();
  for (std::size_t i = 0; i < ports; ++i) {
    mach_msg_port_descriptor_t port = {};
    port.name = handles.ports()[i].name;
    port.disposition = handles.ports()[i].disposition;
    port.type = MACH_MSG_PORT_DESCRIPTOR;
    message.Write(PortAt(i, is_out_of_line), port);
  }
  if (!is_out_of_line) return;
  mach_msg_ool_descriptor_t memory = {};
  memory.address = const_cast<std::byte*>(out_of_line.data());
  memory.size = static_cast<mach_msg_size_t>(out_of_line.size());
  memory.deallocate = FALSE;
  memory.copy = MACH_MSG_VIRTUAL_COPY;
  memory.type = MACH_MSG_OOL_DESCRIPTOR;
  message.Write(kDescriptorsAt, memory);
}

void WriteContent(MessageWriter& message, const MessageLayout& layout,
                  const OutgoingHandles& handles,
                  const OutgoingPayload& payload) {
  const bool is_out_of_line = !payload.out_of_line.empty();
  message.Write(
      layout.prelude_at,
      MessagePrelude{
          .magic = kMessageMagic,
          .handle_count = static_cast<std::uint32_t>(handles.records().size()),
          .payload_bytes = is_out_of_line ? payload.out_of_line.size()
                                          : payload.inline_bytes.size(),
          .is_out_of_line = is_out_of_line});
  for (std::size_t i = 0; i < handles.records().size(); ++i) {
    message.Write(layout.records_at + i * sizeof(HandleRecord),
                  handles.records()[i]);
  }
  // Nothing of what this thread sent before may lie between.
  const std::size_t records_end =
      layout.records_at + handles.records().size() * sizeof(HandleRecord);
  std::memset(message.At(records_end), 0, layout.payload_at - records_end);
  payload.inline_bytes.CopyTo(message.At(layout.payload_at));
}

// A message that found no room has been taken in by the kernel and received
// back by this process: a right that was copied is there once more, one that
// was moved has come back, and memory is there as another copy (xnu,
// ipc_kmsg_copyout_pseudo() in osfmk/ipc/ipc_kmsg.c).
void TakeBack(MessageWriter& message, OutgoingHandles& handles,
              std::span<const std::byte> out_of_line) {
  const mach_port_name_t port = message.header()->msgh_remote_port;
  if (MACH_PORT_VALID(port)) DropRight(port, MACH_PORT_RIGHT_SEND);
  const std::size_t ports = handles.ports().size();
  for (std::size_t i = 0; i < ports; ++i) {
    const mach_port_name_t name =
        message
            .Read<mach_msg_port_descriptor_t>(PortAt(i, !out_of_line.empty()))
            .name;
    if (handles.ports()[i].moved != nullptr) {
      handles.TakeBack(i, name);
    } else if (MACH_PORT_VALID(name)) {
      DropRight(name, MACH_PORT_RIGHT_SEND);
    }
  }
  if (out_of_line.empty()) return;
  const auto memory = message.Read<mach_msg_ool_descriptor_t>(kDescriptorsAt);
  if (memory.address != out_of_line.data() && memory.size != 0) {
    ::mach_vm_deallocate(mach_task_self(),
                         reinterpret_cast<mach_vm_address_t>(memory.address),
                         memory.size);
  }
}

}  // namespace

mach_msg_return_t SendOnce(mach_port_name_t port, OutgoingHandles& handles,
                           const OutgoingPayload& payload) {
  const MessageLayout layout =
      MessageLayout::For(handles.ports().size(), !payload.out_of_line.empty(),
                         handles.records().size());
  const std::size_t content = layout.payload_at + payload.inline_bytes.size();
  const std::size_t size = RoundUp(content);
  MessageWriter message(size);
  const bool is_complex =
      !handles.ports().empty() || !payload.out_of_line.empty();
  *message.header() = {};
  message.header()->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) |
                                (is_complex ? MACH_MSGH_BITS_COMPLEX : 0);
  message.header()->msgh_size = static_cast<mach_msg_size_t>(size);
  message.header()->msgh_remote_port = port;
  message.header()->msgh_id = payload.id;
  if (is_complex) WriteDescriptors(message, handles, payload.out_of_line);
  WriteContent(message, layout, handles, payload);
  std::memset(message.At(content), 0, size - content);

  const mach_msg_return_t result = ::mach_msg(
      message.header(), MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_INTERRUPT,
      message.header()->msgh_size, /*rcv_size=*/0, MACH_PORT_NULL,
      /*timeout=*/0, MACH_PORT_NULL);
  if (result == MACH_SEND_TIMED_OUT || result == MACH_SEND_INTERRUPTED) {
    TakeBack(message, handles, payload.out_of_line);
  } else if (result != MACH_MSG_SUCCESS) {
    handles.Refused();
  }
  return result;
}

}  // namespace ipc_channel::transport::mach_backend
