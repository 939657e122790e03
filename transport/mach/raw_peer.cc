#include "ipc_channel/transport/mach/raw_peer.h"

#include <mach/mach.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/mach_receiver.h"
#include "ipc_channel/transport/mach/mach_sender.h"

namespace ipc_channel::transport::mach_backend {
namespace {

template <class T>
void Append(std::vector<std::byte>& bytes, const T& value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

void Append(std::vector<std::byte>& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

std::vector<std::byte> ContentOf(const RawMessage& message, std::size_t at) {
  std::vector<std::byte> content;
  MessagePrelude prelude = message.prelude;
  if (prelude.handle_count == 0) {
    prelude.handle_count = static_cast<std::uint32_t>(message.records.size());
  }
  if (prelude.payload_bytes == 0) {
    prelude.payload_bytes = message.payload.size();
  }
  Append(content, prelude);
  for (const HandleRecord& record : message.records) Append(content, record);
  while ((at + content.size()) % kPayloadAlignment != 0) {
    content.push_back({});
  }
  Append(content, std::span<const std::byte>(message.payload));
  return content;
}

}  // namespace

mach_port_name_t PortOf(const Sender& sender) {
  const auto* lane = dynamic_cast<const MachSenderLane*>(sender.lane().get());
  return lane == nullptr ? MACH_PORT_NULL : lane->port();
}

mach_port_name_t PortOf(const Receiver& receiver) {
  const auto* lane =
      dynamic_cast<const MachReceiverLane*>(receiver.lane().get());
  return lane == nullptr ? MACH_PORT_NULL : lane->port();
}

RawMessage& RawMessage::AddRecord(HandleKind kind, std::uint64_t memory_bytes) {
  records.push_back(
      {.kind = static_cast<std::uint32_t>(kind), .memory_bytes = memory_bytes});
  return *this;
}

RawMessage& RawMessage::AddHandle(HandleKind kind, mach_port_name_t name,
                                  mach_msg_type_name_t disposition,
                                  std::uint64_t memory_bytes) {
  return AddRecord(kind, memory_bytes).AddPort(name, disposition);
}

RawMessage& RawMessage::AddPort(mach_port_name_t name,
                                mach_msg_type_name_t disposition) {
  mach_msg_port_descriptor_t port = {};
  port.name = name;
  port.disposition = disposition;
  port.type = MACH_MSG_PORT_DESCRIPTOR;
  Append(descriptors, port);
  ++descriptors_added;
  return *this;
}

RawMessage& RawMessage::AddMemory(std::span<const std::byte> bytes,
                                  std::uint64_t said) {
  mach_msg_ool_descriptor_t memory = {};
  memory.address = const_cast<std::byte*>(bytes.data());
  memory.size = static_cast<mach_msg_size_t>(bytes.size());
  memory.copy = MACH_MSG_VIRTUAL_COPY;
  memory.type = MACH_MSG_OOL_DESCRIPTOR;
  std::vector<std::byte> bytes_of_it;
  Append(bytes_of_it, memory);
  descriptors.insert(descriptors.begin(), bytes_of_it.begin(),
                     bytes_of_it.end());
  ++descriptors_added;
  prelude.is_out_of_line = 1;
  prelude.payload_bytes = said;
  return *this;
}

RawMessage& RawMessage::AddGuarded(mach_port_name_t name,
                                   mach_port_context_t guard,
                                   mach_msg_guard_flags_t flags) {
  mach_msg_guarded_port_descriptor_t port = {};
  port.context = guard;
  port.flags = flags;
  port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
  port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
  port.name = name;
  Append(descriptors, port);
  ++descriptors_added;
  return *this;
}

RawMessage& RawMessage::AddPorts(std::span<const mach_port_name_t> names,
                                 mach_msg_type_name_t disposition) {
  mach_msg_ool_ports_descriptor_t ports = {};
  ports.address = const_cast<mach_port_name_t*>(names.data());
  ports.count = static_cast<mach_msg_size_t>(names.size());
  ports.copy = MACH_MSG_VIRTUAL_COPY;
  ports.disposition = disposition;
  ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
  Append(descriptors, ports);
  ++descriptors_added;
  return *this;
}

std::vector<std::byte> RawMessage::Bytes(mach_port_name_t to) const {
  const bool complex = is_complex.value_or(descriptors_added > 0);
  mach_msg_header_t header = {};
  header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, reply_disposition) |
      (complex ? MACH_MSGH_BITS_COMPLEX : 0);
  header.msgh_remote_port = to;
  header.msgh_local_port = reply;
  header.msgh_id = id;
  std::vector<std::byte> bytes;
  Append(bytes, header);
  if (complex || descriptors_added > 0) {
    Append(bytes,
           mach_msg_body_t{.msgh_descriptor_count =
                               descriptor_count.value_or(descriptors_added)});
    Append(bytes, std::span<const std::byte>(descriptors));
  }
  Append(bytes, std::span<const std::byte>(
                    content.value_or(ContentOf(*this, bytes.size()))));
  while (bytes.size() % sizeof(natural_t) != 0) bytes.push_back({});
  header.msgh_size = static_cast<mach_msg_size_t>(bytes.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

mach_msg_return_t RawMessage::SendTo(mach_port_name_t to,
                                     mach_msg_type_name_t disposition) const {
  std::vector<std::byte> bytes = Bytes(to);
  auto* header = reinterpret_cast<mach_msg_header_t*>(bytes.data());
  header->msgh_bits = (header->msgh_bits & ~mach_msg_bits_t{0xff}) |
                      MACH_MSGH_BITS(disposition, 0);
  return ::mach_msg(header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                    header->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

std::vector<std::byte> BytesOf(std::string_view text) {
  std::vector<std::byte> bytes;
  Append(bytes, std::as_bytes(std::span(text)));
  return bytes;
}

mach_port_name_t NewRawPort() {
  mach_port_name_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  EXPECT_EQ(mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
  return port;
}

mach_port_urefs_t SendRefs(mach_port_name_t name) {
  mach_port_urefs_t refs = 0;
  return mach_port_get_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND,
                            &refs) == KERN_SUCCESS
             ? refs
             : 0;
}

RightsTo RightsToPort(mach_port_name_t name) {
  RightsTo rights;
  for (mach_port_right_t right = 0; right < rights.references.size(); ++right) {
    if (right == MACH_PORT_RIGHT_PORT_SET) continue;
    ::mach_port_get_refs(mach_task_self(), name, right,
                         &rights.references[right]);
  }
  mach_port_status_t status = {};
  mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
  if (::mach_port_get_attributes(mach_task_self(), name,
                                 MACH_PORT_RECEIVE_STATUS,
                                 reinterpret_cast<mach_port_info_t>(&status),
                                 &count) == KERN_SUCCESS) {
    rights.send_once_rights = status.mps_sorights;
    rights.has_senders = status.mps_srights != 0;
  }
  return rights;
}

}  // namespace ipc_channel::transport::mach_backend
