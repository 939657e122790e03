#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_MESSAGE_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_MESSAGE_H_

// Messages on their way.

#include <mach/message.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/right.h"

namespace ipc_channel_testing::mach_emulation {

// Who a task is, in the audit trailers of its messages. What the kernel itself
// sends has pid 0, as KERNEL_AUDIT_TOKEN_VALUE in xnu's mach/message.h.
struct Credentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  // Another one for every program that a process executes.
  std::uint32_t pid_version = 0;
};

// One descriptor of a complex message.
struct Item {
  mach_msg_descriptor_type_t kind;
  std::size_t at;                    // where in the message it stands
  mach_msg_type_name_t disposition;  // as sent, for descriptors of ports
  std::uint64_t memory_at = 0;       // for what is out of line
  std::uint64_t memory_size = 0;     // in bytes
  std::vector<Right> rights = {};    // one, or those out of line
  // Of a guarded port (MACH_MSG_GUARDED_PORT_DESCRIPTOR).
  std::uint64_t guard = 0;
  mach_msg_guard_flags_t guard_flags = 0;
};

struct Message {
  // From the header to the last byte before the trailer. The names in it mean
  // nothing; they are written when it is received.
  std::vector<std::byte> bytes;
  Right destination;
  Right reply;
  std::vector<Item> items;
  // All that is out of line, each part on a page of its own.
  std::shared_ptr<UniqueFd> memory;
  Credentials sender;
  // It would put a receive right into its own queue; see IsCircular().
  bool circular = false;

  mach_msg_header_t& header() {
    return *reinterpret_cast<mach_msg_header_t*>(bytes.data());
  }
};

// Looks at the structure of what a task wants to send and fills in `items`,
// without the rights. Nothing in `message.bytes` is trusted: lengths are
// checked against what is there. The results are those of
// ipc_kmsg_copyin_header_validate() and of the measuring of descriptors in
// xnu's ipc_kmsg.c, which come before any right is taken.
mach_msg_return_t ParseMessage(Message& message);

// The type under which a right arrives that was sent with this disposition
// (ipc_object_copyin_type()).
mach_msg_type_name_t TypeOnTheWay(mach_msg_type_name_t disposition);

// Where the next region lies in a message's memory: regions begin on pages.
std::uint64_t PageRounded(std::uint64_t size);

// The size of the trailer that a receive with these options asks for.
std::size_t TrailerSize(mach_msg_option_t options);

// Appends the trailer that `options` ask for.
void AppendTrailer(Message& message, mach_msg_option_t options,
                   mach_port_seqno_t seqno);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_MESSAGE_H_
