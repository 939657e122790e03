#include "ipc_channel/transport/unix/descriptors_in_flight.h"

#include <sys/resource.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// What the kernel says, 0 or an errno, of one more descriptor in flight. The
// one it is tried with is nested in nothing. Of all calls that make one,
// socketpair() is that which a sandbox allows in which sends wait.
int TryPlainDescriptor() {
  UniqueFd one;
  UniqueFd other;
  int made = NewPacketPair(one, other);
  if (made != 0) return made;
  UniqueFd plain;
  UniqueFd its_peer;
  made = NewPacketPair(plain, its_peer);
  if (made != 0) return made;
  char byte = 0;
  const iovec part = {.iov_base = &byte, .iov_len = sizeof(byte)};
  const BorrowedFd tried[] = {plain.Borrow()};
  return SendPacket(one.Borrow(), {&part, 1}, tried);
}

}  // namespace

int SendDescriptors(BorrowedFd socket, std::span<const iovec> parts,
                    std::span<const BorrowedFd> descriptors) {
  int error = SendPacket(socket, parts, descriptors);
  // Others send and receive meanwhile: one success of the probe proves little.
  for (int i = 0; i < 3 && error == ETOOMANYREFS; ++i) {
    const int tried = TryPlainDescriptor();
    if (tried != 0) return tried;
    error = SendPacket(socket, parts, descriptors);
  }
  return error == ETOOMANYREFS ? ELOOP : error;
}

bool AreTooManyInFlight(std::size_t count) {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         static_cast<rlim_t>(count) > limit.rlim_cur;
}

}  // namespace ipc_channel::transport::unix_backend
