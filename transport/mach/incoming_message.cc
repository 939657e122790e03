#include "ipc_channel/transport/mach/incoming_message.h"

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport::mach_backend {
namespace {

absl::Status Malformed(absl::string_view how) {
  return absl::DataLossError(absl::StrCat("malformed message: ", how));
}

AnyRight OwnRight(mach_port_name_t name, mach_msg_type_name_t kind) {
  switch (kind) {
    case MACH_MSG_TYPE_PORT_SEND:
      return SendRight(name);
    case MACH_MSG_TYPE_PORT_SEND_ONCE:
      return SendOnceRight(name);
    case MACH_MSG_TYPE_PORT_RECEIVE:
      return ReceiveRight(name);
    default:
      return std::monostate();
  }
}

template <class T>
T ReadAt(const mach_msg_header_t& header, std::size_t offset) {
  T value;
  std::memcpy(&value, reinterpret_cast<const std::byte*>(&header) + offset,
              sizeof(T));
  return value;
}

// The size of the descriptor at hand in a received message; 0 if it is of a
// kind that no message of ours has.
std::size_t SizeOfDescriptor(mach_msg_descriptor_type_t type) {
  switch (type) {
    case MACH_MSG_PORT_DESCRIPTOR:
      return sizeof(mach_msg_port_descriptor_t);
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
      return sizeof(mach_msg_ool_descriptor_t);
    default:
      return 0;
  }
}

// The kernel wrote the descriptors, so they are true; how many there are, and
// of which kinds, is the peer's choice.
bool HasOurDescriptors(const mach_msg_header_t& header, std::size_t count) {
  if (count > kMaxMessageHandles + 1) return false;
  std::size_t at = sizeof(mach_msg_header_t) + sizeof(mach_msg_body_t);
  for (std::size_t i = 0; i < count; ++i) {
    if (at + sizeof(mach_msg_type_descriptor_t) > header.msgh_size) {
      return false;
    }
    const std::size_t size =
        SizeOfDescriptor(ReadAt<mach_msg_type_descriptor_t>(header, at).type);
    if (size == 0) return false;
    at += size;
  }
  return at <= header.msgh_size;
}

}  // namespace

void IncomingMessage::Clear() {
  rights_.clear();
  out_of_line_ = VmRegion();
}

absl::Status IncomingMessage::Take(mach_msg_header_t& header,
                                   mach_msg_id_t id) {
  Clear();
  prelude_ = {};
  records_.clear();
  regions_ = 0;
  // A way to answer, which nobody asked for.
  const AnyRight reply = OwnRight(header.msgh_remote_port,
                                  MACH_MSGH_BITS_REMOTE(header.msgh_bits));
  header.msgh_remote_port = MACH_PORT_NULL;
  payload_at_ = sizeof(mach_msg_header_t);
  if ((header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
    absl::Status taken = TakeDescriptors(header);
    if (!taken.ok()) return taken;
  }
  return ReadContent(header, id);
}

absl::Status IncomingMessage::TakeDescriptors(mach_msg_header_t& header) {
  // Until they are owned here one by one, for which there may be no memory.
  absl::Cleanup destroy_all = [&header] { ::mach_msg_destroy(&header); };
  std::size_t at = sizeof(mach_msg_header_t);
  const std::size_t count =
      ReadAt<mach_msg_body_t>(header, at).msgh_descriptor_count;
  if (!HasOurDescriptors(header, count)) {
    return Malformed("descriptors of a kind or number that we do not send");
  }
  at += sizeof(mach_msg_body_t);
  rights_.reserve(count);
  std::move(destroy_all).Cancel();
  bool is_behind_rights = false;
  for (std::size_t i = 0; i < count; ++i) {
    const mach_msg_descriptor_type_t type =
        ReadAt<mach_msg_type_descriptor_t>(header, at).type;
    if (type == MACH_MSG_PORT_DESCRIPTOR) {
      const auto port = ReadAt<mach_msg_port_descriptor_t>(header, at);
      rights_.push_back(OwnRight(port.name, port.disposition));
    } else {
      const auto memory = ReadAt<mach_msg_ool_descriptor_t>(header, at);
      out_of_line_ = VmRegion(
          reinterpret_cast<mach_vm_address_t>(memory.address), memory.size);
      is_behind_rights = is_behind_rights || !rights_.empty();
      ++regions_;
    }
    at += SizeOfDescriptor(type);
  }
  if (regions_ > 1 || is_behind_rights) {
    return Malformed("memory where none is due");
  }
  return absl::OkStatus();
}

absl::Status IncomingMessage::ReadContent(const mach_msg_header_t& header,
                                          mach_msg_id_t id) {
  const std::size_t size = header.msgh_size;
  if (header.msgh_id != id) return Malformed("its id");
  const bool is_out_of_line = regions_ > 0;
  const std::size_t prelude_at =
      MessageLayout::For(rights_.size(), is_out_of_line, 0).prelude_at;
  if (prelude_at + sizeof(MessagePrelude) > size) return Malformed("too short");
  prelude_ = ReadAt<MessagePrelude>(header, prelude_at);
  if (prelude_.magic != kMessageMagic || prelude_.reserved != 0 ||
      prelude_.handle_count > kMaxMessageHandles ||
      (prelude_.is_out_of_line != 0) != is_out_of_line ||
      prelude_.is_out_of_line > 1) {
    return Malformed("its prelude");
  }
  const MessageLayout layout =
      MessageLayout::For(rights_.size(), is_out_of_line, prelude_.handle_count);
  const std::uint64_t inline_bytes =
      is_out_of_line ? 0 : prelude_.payload_bytes;
  if (layout.payload_at > size || inline_bytes > size - layout.payload_at ||
      size - layout.payload_at - inline_bytes >= sizeof(natural_t)) {
    return Malformed("its size");
  }
  if (is_out_of_line && prelude_.payload_bytes != out_of_line_.size()) {
    return Malformed("the size of its payload");
  }
  payload_at_ = layout.payload_at;
  for (std::size_t i = 0; i < prelude_.handle_count; ++i) {
    records_.push_back(ReadAt<HandleRecord>(
        header, layout.records_at + i * sizeof(HandleRecord)));
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::mach_backend
