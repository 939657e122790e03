#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_DESCRIPTORS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_DESCRIPTORS_H_

// The descriptors of a complex message in this task's memory.

#include <mach/message.h>

#include <cstddef>
#include <cstring>

namespace ipc_channel_testing::mach_emulation {

// Calls `each(i, kind, address)` for every descriptor that lies within `size`
// bytes, and stops at what is none: the kernel says what is wrong with it.
template <class Each>
void ForEachDescriptor(mach_msg_header_t* message, std::size_t size,
                       Each each) {
  if (size < sizeof(mach_msg_base_t) ||
      !MACH_MSGH_BITS_IS_COMPLEX(message->msgh_bits)) {
    return;
  }
  auto* const bytes = reinterpret_cast<std::byte*>(message);
  mach_msg_body_t body;
  std::memcpy(&body, bytes + sizeof(mach_msg_header_t), sizeof(body));
  std::size_t at = sizeof(mach_msg_base_t);
  for (mach_msg_size_t i = 0; i < body.msgh_descriptor_count; ++i) {
    mach_msg_type_descriptor_t any;
    if (size - at < sizeof(any)) return;
    std::memcpy(&any, bytes + at, sizeof(any));
    if (any.type > MACH_MSG_GUARDED_PORT_DESCRIPTOR) return;
    const std::size_t length = any.type == MACH_MSG_PORT_DESCRIPTOR
                                   ? sizeof(mach_msg_port_descriptor_t)
                                   : sizeof(mach_msg_ool_descriptor_t);
    if (size - at < length) return;
    each(i, any.type, bytes + at);
    at += length;
  }
}

inline bool IsOutOfLine(mach_msg_descriptor_type_t kind) {
  return kind != MACH_MSG_PORT_DESCRIPTOR &&
         kind != MACH_MSG_GUARDED_PORT_DESCRIPTOR;
}

// What a descriptor of memory or of ports out of line says, in one form.
struct OutOfLine {
  void* address;
  std::size_t size;  // in bytes
  bool deallocate;
};

inline OutOfLine ReadOutOfLine(mach_msg_descriptor_type_t kind,
                               const std::byte* at) {
  if (kind == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
    mach_msg_ool_ports_descriptor_t d;
    std::memcpy(&d, at, sizeof(d));
    return {d.address, std::size_t{d.count} * sizeof(mach_port_name_t),
            d.deallocate != 0};
  }
  mach_msg_ool_descriptor_t d;
  std::memcpy(&d, at, sizeof(d));
  return {d.address, d.size, d.deallocate != 0};
}

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_DESCRIPTORS_H_
