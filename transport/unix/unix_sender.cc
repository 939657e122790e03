#include "ipc_channel/transport/unix/unix_sender.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/helper_socket.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/outgoing_carriers.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr absl::Duration kCollectEvery = absl::Seconds(1);
constexpr absl::Duration kFirstBackOff = absl::Milliseconds(1);
constexpr absl::Duration kLongestBackOff = absl::Milliseconds(50);

// Linux collects sockets that only lie in each other's queues, a receiver
// queued in its own channel among them, when some Unix socket is closed and
// never on a timer (net/unix/garbage.c). Without this a send to such a
// receiver would wait for ever instead of learning that it is gone.
void CollectUnreachableSockets() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  const UniqueFd first(pair[0]);
  const UniqueFd second(pair[1]);
}

// Waits between two attempts to send, ever longer.
class BackOff {
 public:
  // Linux calls a socket writable once three quarters of its buffer are free; a
  // send succeeds as soon as there is any room. So it is tried again before the
  // kernel says so.
  void WaitForRoom(BorrowedFd socket, absl::Time deadline) {
    if (next_collection_ == absl::InfiniteFuture()) {
      next_collection_ = absl::Now() + kCollectEvery;
    }
    if (WaitFor(socket, POLLOUT, std::min(deadline, absl::Now() + Next()))) {
      return;
    }
    if (absl::Now() < std::min(deadline, next_collection_)) return;
    CollectUnreachableSockets();
    next_collection_ = absl::Now() + kCollectEvery;
  }

  // Nothing tells when descriptors in flight become fewer.
  void Wait(absl::Duration at_least, absl::Time deadline) {
    absl::SleepFor(
        std::min(std::max(Next(), at_least), deadline - absl::Now()));
  }

 private:
  absl::Duration Next() {
    return std::exchange(next_, std::min(2 * next_, kLongestBackOff));
  }

  absl::Duration next_ = kFirstBackOff;
  absl::Time next_collection_ = absl::InfiniteFuture();
};

absl::Status SendError(int error) {
  if (error == EPIPE || error == ECONNRESET) {
    return DisconnectedError("the receiver is gone");
  }
  if (error == ETOOMANYREFS) {
    return absl::ResourceExhaustedError(
        "this user has too many descriptors in flight (RLIMIT_NOFILE)");
  }
  if (error == ENOBUFS) {
    return absl::ResourceExhaustedError(
        "the kernel has no room for the sockets that the message needs");
  }
  // Only a helper or a carrier that could not be made gives the two.
  const bool is_without_helper = error == EMFILE || error == ENFILE;
  return ErrnoToStatus(error, is_without_helper ? "socketpair" : "sendmsg");
}

absl::Status TimedOut(absl::Time deadline, int error) {
  if (deadline == absl::InfinitePast()) {
    return error == EAGAIN ? FullError() : SendError(error);
  }
  return absl::DeadlineExceededError("no room in the channel in time");
}

void Consume(std::span<const HandleRef> handles) {
  // The packet holds its own references now; ours go here.
  for (const HandleRef& handle : handles) handle.Take();
}

// One attempt. A helper socket lives no longer than that: what lies in it
// counts as descriptors in flight, and a waiting send must not use them up.
int TryFilled(BorrowedFd socket, OutgoingPacket& packet) {
  UniqueFd helper;
  if (packet.needs_helper()) {
    const int error = NewFilledHelper(packet.helper_packets(), helper);
    if (error != 0) return error;
    packet.SetHelper(helper.Borrow());
  }
  return SendPacket(socket, packet.parts(), packet.descriptors());
}

// One attempt. Carriers with descriptors in flight live no longer than that
// either, and since they hold copies of much, none is filled before the channel
// has room; then the send finds it, unless another sender was quicker. Carriers
// that are a single socket are kept for the next attempt, as an object would
// be.
int TrySend(BorrowedFd socket, OutgoingPacket& packet,
            OutgoingCarriers& carriers) {
  if (!carriers.AreFilled() && IsSendQueueFull(socket)) return EAGAIN;
  int error = carriers.Fill();
  if (error == 0) error = TryFilled(socket, packet);
  if (error == ETOOMANYREFS && carriers.ExceedTheLimitInFlight()) {
    error = ENOBUFS;
  }
  carriers.DropInFlight();
  return error;
}

}  // namespace

absl::Status UnixSenderLane::SendPacketUntil(OutgoingPacket& packet,
                                             absl::Time deadline,
                                             bool& small_enough) const {
  BackOff back_off;
  OutgoingCarriers carriers(packet);
  while (true) {
    const int error = packet.carried().empty()
                          ? TryFilled(socket_.Borrow(), packet)
                          : TrySend(socket_.Borrow(), packet, carriers);
    if (error == 0) return absl::OkStatus();
    if (error == EMSGSIZE) small_enough = false;
    if (error != EAGAIN && error != ETOOMANYREFS) return SendError(error);
    if (absl::Now() >= deadline) return TimedOut(deadline, error);
    if (error == EAGAIN) {
      back_off.WaitForRoom(socket_.Borrow(), deadline);
    } else {
      // Filling carriers over and over must not be all that this thread does.
      back_off.Wait(carriers.time_to_fill(), deadline);
    }
  }
}

absl::Status UnixSenderLane::Send(std::span<const std::byte> payload,
                                  std::span<const HandleRef> handles,
                                  absl::Time deadline) {
  absl::Status status = CheckSendArguments(payload, handles);
  if (!status.ok()) return status;
  OutgoingPacket packet;
  status = packet.AddHandles(handles);
  if (!status.ok()) return status;

  // A socket whose buffer is smaller than the inline limit (a small
  // net.core.wmem_default, a co-holder's SO_SNDBUF) takes the payload as an
  // object too.
  bool small_enough = payload.size() <= kMaxInlineBytes;
  if (small_enough) {
    packet.SetInlinePayload(payload);
    status = SendPacketUntil(packet, deadline, small_enough);
  }
  UniqueFd object;
  if (!small_enough && !payload.empty()) {
    // Copying a large payload only to find the channel full would be a pity.
    if (deadline == absl::InfinitePast() && IsSendQueueFull(socket_.Borrow())) {
      return FullError();
    }
    absl::StatusOr<UniqueFd> sealed = SealedObjectWithCopyOf(payload);
    if (sealed.ok()) {
      object = *std::move(sealed);
      packet.SetPayloadObject(object.Borrow(), payload.size());
    } else if (absl::IsUnimplemented(sealed.status())) {
      packet.SetPayloadInCarrier(payload);
    } else {
      return sealed.status();
    }
    status = SendPacketUntil(packet, deadline, small_enough);
  }
  if (status.ok()) Consume(handles);
  return status;
}

}  // namespace ipc_channel::transport::unix_backend
