#ifndef IPC_CHANNEL_TRANSPORT_MACH_MESSAGE_LAYOUT_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MESSAGE_LAYOUT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <cstdint>

#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport::mach_backend {

// How a message of ours lies in a Mach message (docs/wire_format.md):
//
//   mach_msg_header_t
//   mach_msg_body_t and descriptors    only if there are any: the large
//   payload,
//                                      then a port for each handle that has
//                                      one, in order but for receivers, which
//                                      come last
//   MessagePrelude
//   HandleRecord                       for each handle
//   padding to 16
//   the payload that is inline
//
// Both sides run on one machine: numbers are in its byte order.
//
// A receive right can only be moved, and if the kernel refuses a descriptor it
// destroys the rights that it has taken before (ipc_kmsg_copyin_body() in
// osfmk/ipc/ipc_kmsg.c). Behind all else receivers are not lost by that.

struct MessagePrelude {
  std::uint32_t magic = 0;
  std::uint32_t handle_count = 0;
  std::uint64_t payload_bytes = 0;  // inline, or out of line
  std::uint32_t is_out_of_line = 0;
  std::uint32_t reserved = 0;  // 0
};
static_assert(sizeof(MessagePrelude) == 24);

struct HandleRecord {
  std::uint32_t kind = 0;          // HandleKind
  std::uint32_t reserved = 0;      // 0
  std::uint64_t memory_bytes = 0;  // of memory; an empty block has no port
};
static_assert(sizeof(HandleRecord) == 16);

inline constexpr std::uint32_t kMessageMagic = 0x31637069;  // "ipc1"

// Ours have it; what the kernel sends has others.
inline constexpr mach_msg_id_t kMessageId = 0x69706363;

// That of the message by which a client connects to a service, which is no
// channel's: whoever passes on what others send him, with all handles, does not
// connect for them, whatever port they made him send it to.
inline constexpr mach_msg_id_t kConnectionId = 0x6970636f;

inline constexpr std::size_t kPayloadAlignment = 16;

// From the beginning of the message, for a message with these contents.
struct MessageLayout {
  std::size_t prelude_at;
  std::size_t records_at;
  std::size_t payload_at;

  static constexpr MessageLayout For(std::size_t ports, bool is_out_of_line,
                                     std::size_t handles) {
    MessageLayout layout = {};
    layout.prelude_at = sizeof(mach_msg_header_t);
    if (ports > 0 || is_out_of_line) {
      layout.prelude_at +=
          sizeof(mach_msg_body_t) + ports * sizeof(mach_msg_port_descriptor_t) +
          (is_out_of_line ? sizeof(mach_msg_ool_descriptor_t) : 0);
    }
    layout.records_at = layout.prelude_at + sizeof(MessagePrelude);
    layout.payload_at = layout.records_at + handles * sizeof(HandleRecord);
    layout.payload_at = (layout.payload_at + kPayloadAlignment - 1) /
                        kPayloadAlignment * kPayloadAlignment;
    return layout;
  }
};

// The longest that our format allows; the kernel wants multiples of 4.
inline constexpr std::size_t kMaxMessageSize =
    MessageLayout::For(kMaxMessageHandles, true, kMaxMessageHandles)
        .payload_at +
    kMaxInlineBytes;
static_assert(kMaxMessageSize % sizeof(natural_t) == 0);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MESSAGE_LAYOUT_H_
