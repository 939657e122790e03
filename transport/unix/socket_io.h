#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_IO_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_IO_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Packets with descriptors over a SOCK_SEQPACKET socket: the system calls and
// nothing else. What a packet means is packet.h's business. Interruptions by
// signals (EINTR) are invisible. Thread-safe.

// Makes two SOCK_SEQPACKET sockets connected to each other, close-on-exec from
// birth. Returns 0 or an errno.
int NewPacketPair(UniqueFd& one, UniqueFd& other);

// The most descriptors Linux passes with one packet: SCM_MAX_FD in
// include/net/scm.h. More give EINVAL there. FreeBSD passes 254.
inline constexpr std::size_t kMaxPacketDescriptors = 253;

// Sends the concatenation of `parts`, which must not be empty, as one packet
// with `descriptors` attached. Does not wait and raises no SIGPIPE. Returns 0
// or an errno, EAGAIN for a full queue; after an errno nothing was sent.
int SendPacket(BorrowedFd socket, std::span<const iovec> parts,
               std::span<const BorrowedFd> descriptors);

// The same for bytes that lie together, without descriptors: spares the kernel
// a list of parts to fetch and check.
int SendBytes(BorrowedFd socket, std::span<const std::byte> packet);

enum class Blocking { kNo, kYes };

struct ReceivedPacket {
  // An errno, or 0. EAGAIN: no packet is there (or, although blocking was asked
  // for, a co-holder of the socket made it non-blocking).
  int error = 0;
  // 0 is the end of the stream or a packet without bytes; only the caller can
  // find out which.
  std::size_t bytes = 0;
  // The packet was longer than `parts`.
  bool bytes_cut = false;
  // Not every descriptor came: this process has no numbers left for them, or
  // may not have them. There is room for all that a packet can carry.
  bool descriptors_cut = false;
};

// Receives one packet, scattered over `parts`. Its descriptors, close-on-exec
// from birth, are appended to `descriptors` in order. Descriptors of any kind
// that nobody asked for (SCM_PIDFD, which a co-holder of the socket can switch
// on) are closed.
ReceivedPacket ReceivePacket(BorrowedFd socket, std::span<const iovec> parts,
                             Blocking blocking,
                             std::vector<UniqueFd>& descriptors);

struct PeekedPacket {
  int error = 0;  // as in ReceivedPacket
  std::size_t bytes = 0;
  // Descriptors are attached, or what a co-holder of the socket switched on.
  // Always true where the system does not tell (FreeBSD).
  bool has_attachments = false;
};

// Copies the beginning of the next packet to `out` and leaves the packet in the
// queue. None of its descriptors is opened, which costs the kernel's word on
// how many there are.
PeekedPacket PeekPacket(BorrowedFd socket, std::span<std::byte> out,
                        Blocking blocking);

// True once nobody can send to `socket` any more: the last descriptor of the
// other end is closed, or that end was shut for writing. Whatever was sent
// before is queued by then.
bool PeerIsGone(BorrowedFd socket);

// True if packets with bytes in them are queued at `socket`.
bool HasQueuedBytes(BorrowedFd socket);

// True if a packet sent to `socket` now would find its queue full, by the
// kernel's own rule: what lies in the queue has reached the send buffer's size.
// False where the system does not tell, and once both directions are shut.
bool IsSendQueueFull(BorrowedFd socket);

// How much of its memory the kernel lets `socket` fill with what it sends, by
// its own count, which is above the bytes sent. -1 if it does not tell.
int SendBufferSize(BorrowedFd socket);

// Asks for the largest send buffer an unprivileged process gets. Gives a
// smaller one than before where net.core.wmem_max is below wmem_default.
void AskForLargestSendBuffer(BorrowedFd socket);

// True if `socket` is a Unix SOCK_SEQPACKET socket.
bool IsSeqpacketSocket(BorrowedFd socket);

// True if `socket` is or was connected to another one.
bool HasPeer(BorrowedFd socket);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_IO_H_
