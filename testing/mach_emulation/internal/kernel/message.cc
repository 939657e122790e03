#include "ipc_channel/testing/mach_emulation/internal/kernel/message.h"

#include <mach/message.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr std::uint64_t kPage = 4096;
// xnu's ipc_kmsg.h: three quarters of 64 MiB, less a trailer.
constexpr std::size_t kMostBytes =
    (std::size_t{64} << 20) * 3 / 4 - sizeof(mach_msg_max_trailer_t);

bool IsSendDisposition(mach_msg_type_name_t disposition) {
  return disposition >= MACH_MSG_TYPE_MOVE_SEND &&
         disposition <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

mach_msg_return_t CheckHeader(const mach_msg_header_t& header) {
  if ((header.msgh_bits & ~MACH_MSGH_BITS_USER) != 0) {
    return MACH_SEND_INVALID_HEADER;
  }
  const mach_msg_type_name_t reply = MACH_MSGH_BITS_LOCAL(header.msgh_bits);
  if (reply == MACH_MSG_TYPE_PORT_NONE) {
    if (header.msgh_local_port != MACH_PORT_NULL) {
      return MACH_SEND_INVALID_HEADER;
    }
  } else if (!IsSendDisposition(reply)) {
    return MACH_SEND_INVALID_HEADER;
  }
  if (MACH_MSGH_BITS_VOUCHER(header.msgh_bits) != 0) {
    return MACH_SEND_INVALID_VOUCHER;
  }
  const mach_msg_type_name_t to = MACH_MSGH_BITS_REMOTE(header.msgh_bits);
  if (!IsSendDisposition(to)) return MACH_SEND_INVALID_HEADER;
  if (!MACH_PORT_VALID(header.msgh_remote_port)) return MACH_SEND_INVALID_DEST;
  if (header.msgh_remote_port == header.msgh_local_port &&
      (to == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
       reply == MACH_MSG_TYPE_MOVE_SEND_ONCE)) {
    return MACH_SEND_INVALID_DEST;
  }
  return MACH_MSG_SUCCESS;
}

std::size_t DescriptorSize(mach_msg_descriptor_type_t kind) {
  return kind == MACH_MSG_PORT_DESCRIPTOR ? sizeof(mach_msg_port_descriptor_t)
                                          : sizeof(mach_msg_ool_descriptor_t);
}

template <class T>
T ReadAt(const Message& message, std::size_t at) {
  T value;
  std::memcpy(&value, message.bytes.data() + at, sizeof(value));
  return value;
}

// The descriptor at `at`, all of which is there.
mach_msg_return_t ParseDescriptor(const Message& message, Item& item) {
  switch (item.kind) {
    case MACH_MSG_PORT_DESCRIPTOR:
      item.disposition =
          ReadAt<mach_msg_port_descriptor_t>(message, item.at).disposition;
      return MACH_MSG_SUCCESS;
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR: {
      const auto d = ReadAt<mach_msg_ool_descriptor_t>(message, item.at);
      if (d.copy > MACH_MSG_VIRTUAL_COPY) return MACH_SEND_INVALID_TYPE;
      item.memory_size = d.size;
      return MACH_MSG_SUCCESS;
    }
    // ipc_kmsg_copyin_guarded_port_descriptor().
    case MACH_MSG_GUARDED_PORT_DESCRIPTOR: {
      const auto d =
          ReadAt<mach_msg_guarded_port_descriptor_t>(message, item.at);
      if (d.disposition != MACH_MSG_TYPE_MOVE_RECEIVE || d.flags == 0 ||
          (d.flags & ~unsigned{MACH_MSG_GUARD_FLAGS_MASK}) != 0) {
        return MACH_SEND_INVALID_TYPE;
      }
      item.disposition = d.disposition;
      item.guard = d.context;
      item.guard_flags = d.flags;
      return MACH_MSG_SUCCESS;
    }
    case MACH_MSG_OOL_PORTS_DESCRIPTOR: {
      const auto d = ReadAt<mach_msg_ool_ports_descriptor_t>(message, item.at);
      if (d.copy > MACH_MSG_VIRTUAL_COPY) return MACH_SEND_INVALID_TYPE;
      item.disposition = d.disposition;
      item.memory_size = std::uint64_t{d.count} * sizeof(mach_port_name_t);
      return MACH_MSG_SUCCESS;
    }
    default:
      return MACH_SEND_INVALID_TYPE;
  }
}

mach_msg_return_t ParseBody(Message& message) {
  std::size_t at = sizeof(mach_msg_base_t);
  if (message.bytes.size() < at) return MACH_SEND_MSG_TOO_SMALL;
  const auto count = ReadAt<mach_msg_body_t>(message, sizeof(mach_msg_header_t))
                         .msgh_descriptor_count;
  if (count >
      (message.bytes.size() - at) / sizeof(mach_msg_type_descriptor_t)) {
    return MACH_SEND_MSG_TOO_SMALL;
  }
  std::uint64_t memory_at = 0;
  for (mach_msg_size_t i = 0; i < count; ++i) {
    const std::size_t left = message.bytes.size() - at;
    if (left < sizeof(mach_msg_type_descriptor_t)) {
      return MACH_SEND_MSG_TOO_SMALL;
    }
    Item item{ReadAt<mach_msg_type_descriptor_t>(message, at).type, at,
              MACH_MSG_TYPE_PORT_NONE};
    if (left < DescriptorSize(item.kind)) return MACH_SEND_MSG_TOO_SMALL;
    const mach_msg_return_t result = ParseDescriptor(message, item);
    if (result != MACH_MSG_SUCCESS) return result;
    item.memory_at = memory_at;
    memory_at += PageRounded(item.memory_size);
    at += DescriptorSize(item.kind);
    message.items.push_back(std::move(item));
  }
  return MACH_MSG_SUCCESS;
}

}  // namespace

mach_msg_type_name_t TypeOnTheWay(mach_msg_type_name_t disposition) {
  switch (disposition) {
    case MACH_MSG_TYPE_MOVE_RECEIVE:
      return MACH_MSG_TYPE_PORT_RECEIVE;
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
    case MACH_MSG_TYPE_MAKE_SEND:
      return MACH_MSG_TYPE_PORT_SEND;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
      return MACH_MSG_TYPE_PORT_SEND_ONCE;
    default:
      return MACH_MSG_TYPE_PORT_NONE;
  }
}

std::uint64_t PageRounded(std::uint64_t size) {
  return (size + kPage - 1) / kPage * kPage;
}

mach_msg_return_t ParseMessage(Message& message) {
  const std::size_t size = message.bytes.size();
  if (size < sizeof(mach_msg_header_t) || size % 4 != 0) {
    return MACH_SEND_MSG_TOO_SMALL;
  }
  if (size > kMostBytes) return MACH_SEND_TOO_LARGE;
  mach_msg_header_t& header = message.header();
  header.msgh_size = static_cast<mach_msg_size_t>(size);
  if (MACH_MSGH_BITS_IS_COMPLEX(header.msgh_bits)) {
    const mach_msg_return_t result = ParseBody(message);
    if (result != MACH_MSG_SUCCESS) return result;
  }
  return CheckHeader(header);
}

std::size_t TrailerSize(mach_msg_option_t options) {
  switch ((options >> 24) & 0xf) {
    case MACH_RCV_TRAILER_NULL:
      return sizeof(mach_msg_trailer_t);
    case MACH_RCV_TRAILER_SEQNO:
      return sizeof(mach_msg_seqno_trailer_t);
    case MACH_RCV_TRAILER_SENDER:
      return sizeof(mach_msg_security_trailer_t);
    case MACH_RCV_TRAILER_AUDIT:
      return sizeof(mach_msg_audit_trailer_t);
    case MACH_RCV_TRAILER_CTX:
      return sizeof(mach_msg_context_trailer_t);
    default:
      return sizeof(mach_msg_max_trailer_t);
  }
}

void AppendTrailer(Message& message, mach_msg_option_t options,
                   mach_port_seqno_t seqno) {
  mach_msg_max_trailer_t trailer = {};
  trailer.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
  trailer.msgh_trailer_size =
      static_cast<mach_msg_trailer_size_t>(TrailerSize(options));
  trailer.msgh_seqno = seqno;
  const Credentials& who = message.sender;
  // The kernel's tokens differ: {0, 1} and nothing but zeros.
  trailer.msgh_sender = {{who.uid, who.pid == 0 ? 1 : who.gid}};
  trailer.msgh_audit = {{who.uid, who.uid, who.gid, who.uid, who.gid,
                         static_cast<unsigned>(who.pid), 0, who.pid_version}};
  const auto* bytes = reinterpret_cast<const std::byte*>(&trailer);
  message.bytes.insert(message.bytes.end(), bytes,
                       bytes + trailer.msgh_trailer_size);
}

}  // namespace ipc_channel_testing::mach_emulation
