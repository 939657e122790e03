#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CARRIER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CARRIER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {

// Carriers: bytes in the queues of sockets, for which one descriptor stands
// (packet.h). They carry what a memory object would where there is none. The
// bytes are in the kernel before the descriptor is sent, so that whoever
// receives it never waits for the one who filled it. Neither function waits.
// Thread-safe.
//
// What a carrier costs: the bytes as kernel memory, which is not swapped, until
// it is drained or dropped; and, if one socket does not hold them, a descriptor
// in flight for each data socket. A data socket holds some 450 KB with Linux'
// default net.core.wmem_max, twice wmem_max in general. The kernel lets a user
// without CAP_SYS_RESOURCE have RLIMIT_NOFILE descriptors in flight: with the
// common 1024 that is 460 MB in all carriers of a user together. Without such a
// limit one carrier holds kDefaultMaxMessageBytes, unless both wmem_default and
// twice wmem_max are below 212992 (Linux' default for either).
//
// Carriers cost little depth: a data socket lies in a carrier, that in a
// channel or a helper socket. Kernels before 6.10 let sockets lie four deep
// (MAX_RECURSION_LEVEL in net/unix/scm.c).

struct SocketCarrier {
  // To be attached. Nobody can add to what lies in it.
  UniqueFd socket;
  // How many descriptors are in flight in it; 0 if the socket itself holds the
  // bytes.
  std::size_t in_flight = 0;
};

// Makes `carrier`, an empty one, hold `content`, which must not be empty. Opens
// 19 descriptors at most, all but one only until it returns. Returns 0 or an
// errno: never EAGAIN. After an errno nothing is in flight, there is no socket,
// and `in_flight` says how far it got: ETOOMANYREFS with more in flight than
// RLIMIT_NOFILE can never become better.
int NewFilledCarrier(std::span<const std::byte> content,
                     SocketCarrier& carrier);

// Takes the content, which must be of exactly `size` bytes, more than 0, out of
// `carrier`, which a peer sent, into a Mapping::Private(). `size` may be the
// peer's claim: memory is taken up as bytes come, never more than twice as much
// as came. Opens kMaxCarrierSockets descriptors at most for the time.
//
// DATA_LOSS unless it holds exactly that now; RESOURCE_EXHAUSTED without memory
// or if this process may not open the descriptors. The content is lost then.
absl::StatusOr<Mapping> DrainCarrier(UniqueFd carrier, std::size_t size);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CARRIER_H_
