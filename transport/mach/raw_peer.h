#ifndef IPC_CHANNEL_TRANSPORT_MACH_RAW_PEER_H_
#define IPC_CHANNEL_TRANSPORT_MACH_RAW_PEER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

// For tests: what a peer can do who writes Mach messages by hand.

namespace ipc_channel::transport::mach_backend {

// The ports of ends; MACH_PORT_NULL for those of other back ends.
mach_port_name_t PortOf(const Sender& sender);
mach_port_name_t PortOf(const Receiver& receiver);

// A message as this back end sends it, until a test says otherwise.
struct RawMessage {
  mach_msg_id_t id = kMessageId;
  // Unless said: as there are descriptors.
  std::optional<bool> is_complex;
  std::optional<mach_msg_size_t> descriptor_count;
  mach_port_name_t reply = MACH_PORT_NULL;
  mach_msg_type_name_t reply_disposition = 0;
  MessagePrelude prelude = {.magic = kMessageMagic};
  std::vector<HandleRecord> records;
  std::vector<std::byte> payload;
  // As the kernel wants them. Those of a message that is not complex are bytes.
  std::vector<std::byte> descriptors;
  mach_msg_size_t descriptors_added = 0;
  // In place of prelude, records and payload.
  std::optional<std::vector<std::byte>> content;

  // With a record.
  RawMessage& AddHandle(HandleKind kind, mach_port_name_t name,
                        mach_msg_type_name_t disposition,
                        std::uint64_t memory_bytes = 0);
  RawMessage& AddRecord(HandleKind kind, std::uint64_t memory_bytes = 0);
  RawMessage& AddPort(mach_port_name_t name, mach_msg_type_name_t disposition);
  // Out of line, before all other descriptors; `said` is what the prelude says
  // of it.
  RawMessage& AddMemory(std::span<const std::byte> bytes, std::uint64_t said);
  // A receive right that is to be guarded where it arrives.
  RawMessage& AddGuarded(mach_port_name_t name, mach_port_context_t guard,
                         mach_msg_guard_flags_t flags);
  RawMessage& AddPorts(std::span<const mach_port_name_t> names,
                       mach_msg_type_name_t disposition);

  // All that is sent, header first.
  std::vector<std::byte> Bytes(mach_port_name_t to) const;
  // Without waiting, through a send right.
  mach_msg_return_t SendTo(
      mach_port_name_t to,
      mach_msg_type_name_t disposition = MACH_MSG_TYPE_COPY_SEND) const;
};

std::vector<std::byte> BytesOf(std::string_view text);

// A receive right and a send right under one name, both of the caller.
mach_port_name_t NewRawPort();

// References to send rights under that name.
mach_port_urefs_t SendRefs(mach_port_name_t name);

// What of `name` is here, and what there is to its port if that is here: equal
// before and after, no right to it was lost or left anywhere.
struct RightsTo {
  // Of send, receive, send-once and dead-name rights; by right number.
  std::array<mach_port_urefs_t, 5> references = {};
  mach_port_rights_t send_once_rights = 0;
  bool has_senders = false;
  friend bool operator==(const RightsTo&, const RightsTo&) = default;
};
RightsTo RightsToPort(mach_port_name_t name);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_RAW_PEER_H_
