#ifndef IPC_CHANNEL_BENCH_PEERS_LINK_H_
#define IPC_CHANNEL_BENCH_PEERS_LINK_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// The near end starts every exchange, the far end answers.
enum class End { kNear, kFar };

enum class Traffic {
  kRoundTrips,  // near sends one, far answers it with one of the same size
  kOneWay,      // near sends, far acknowledges a batch
};

// What both ends know before they meet.
struct Meeting {
  Traffic traffic = Traffic::kRoundTrips;
  // Of every message, in bytes; not 0.
  std::size_t size = 0;
  // An empty folder for sockets and the like; removed afterwards, with all that
  // is in it.
  std::string folder;
  // Letters, digits and underscores, for what has a name elsewhere. Unlike any
  // other's; what lies in /dev/shm or /tmp and has it in its name is
  // removed afterwards, too.
  std::string name;
  // How many messages a queue has room for where a peer has no default.
  std::size_t depth = 0;
};

// One end of a connection between two processes, through one peer: a library
// that one would use for that. Whatever fails ends the process (check.h).
// Thread-compatible. Every call may block; destroying the end may lose what the
// other has not received yet.
class Link {
 public:
  virtual ~Link() = default;

  // Memory of `size` bytes, of whatever content, to write the next message in;
  // valid until Send(), which sends what is there then. Where the peer has no
  // memory of its own for that, it is the link's, and Send() copies.
  virtual std::span<std::byte> Prepare(std::size_t size) = 0;
  virtual void Send() = 0;

  // The next message, valid until the next call of Receive(), Send() or
  // Acknowledge(). Where a peer has calls with answers, it is Receive() at the
  // near end that makes the call.
  virtual std::span<const std::byte> Receive() = 0;

  // With Traffic::kOneWay: far says that it has all that was sent so far, near
  // waits for that, and flushes what it holds back.
  virtual void Acknowledge() = 0;
  virtual void AwaitAcknowledged() = 0;
};

// What two ends have in common. It is made in the process that forks both,
// before it does, lives there until both have ended, and is the place for what
// they inherit or need around them: descriptors, a daemon. It starts no thread.
class Connection {
 public:
  virtual ~Connection() = default;

  // Opens one end, in a process that the maker of this object has forked, where
  // nothing else is done but use it. `other` is a bare socket to the other end
  // (bare_socket.h) that outlives the link, for what has to be said on the way.
  virtual std::unique_ptr<Link> Open(
      End end, ipc_channel::transport::BorrowedFd other) = 0;

  // Whether a process has to end by exit(), since the library does something
  // then; without further ado otherwise.
  virtual bool EndsByExit() const { return false; }
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_LINK_H_
