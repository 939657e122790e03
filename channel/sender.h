#ifndef IPC_CHANNEL_CHANNEL_SENDER_H_
#define IPC_CHANNEL_CHANNEL_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// The sending end of a channel of T. Copies share the end; a copy can be a
// field of a message and so come to live in another process. The receiver is
// told Disconnected when the last copy in the last process is gone.
//
// A channel holds a bounded number of values (docs/channel.md): two peers that
// only send to each other, or a thread that sends without receiving, wait for
// ever unless they say until when.
//
// Sending is thread-safe; copying, moving and destroying are thread-compatible,
// as for any value.
//
// All sends: OK means that the value is queued, whole, and outlives this
// process. After any other status nothing was sent and the value is as it was.
//
//   UNAVAILABLE          the receiver is gone, for good (IsDisconnected())
//   DEADLINE_EXCEEDED    no room in the channel until the deadline
//   RESOURCE_EXHAUSTED   no room, and not allowed to wait (IsFull()); or the
//                        system is short of memory or descriptors
//   OUT_OF_RANGE         the value is over a limit: raw().max_message_bytes(),
//                        raw().max_message_handles(), 2^32 - 1 elements in one
//                        container, or the process's RLIMIT_FSIZE
//   INVALID_ARGUMENT     the value has an empty sender, receiver or descriptor
//                        in it, or one that cannot leave this process; or a
//                        type's own code refused it (a Utf8String that is none,
//                        shared pointers in a circle)
//   PERMISSION_DENIED    the system forbids it; on Linux whoever holds the
//                        receiver may refuse handles and large values
//   INTERNAL             a type's own code wrote another size than it measured
//   FAILED_PRECONDITION  this sender is empty
//
// Deadlines are by the system's clock. One that has passed already gives
// DEADLINE_EXCEEDED where there is no room: only TrySend() gives IsFull().
//
// A value sent by std::move() loses its handles to the message once the send
// has succeeded, and keeps everything else. A value that owns receivers or
// descriptors can only be sent so. Otherwise senders and shared memory in the
// value are shared with the message.
template <class T>
class Sender {
 public:
  // An empty sender: every send gives FAILED_PRECONDITION.
  Sender() = default;
  // Trusts the caller that the other end receives T.
  explicit Sender(transport::Sender raw) : raw_(std::move(raw)) {}

  bool valid() const { return raw_.valid(); }

  // Waits for room for as long as it takes.
  absl::Status Send(const T& value) const {
    return SendUntil(value, absl::InfiniteFuture());
  }
  absl::Status Send(T&& value) const {
    return SendUntil(std::move(value), absl::InfiniteFuture());
  }

  // Does not wait.
  absl::Status TrySend(const T& value) const {
    return SendUntil(value, absl::InfinitePast());
  }
  absl::Status TrySend(T&& value) const {
    return SendUntil(std::move(value), absl::InfinitePast());
  }

  // Waits for room for at most `timeout`.
  absl::Status SendFor(const T& value, absl::Duration timeout) const {
    return SendUntil(value, absl::Now() + timeout);
  }
  absl::Status SendFor(T&& value, absl::Duration timeout) const {
    return SendUntil(std::move(value), absl::Now() + timeout);
  }

  // Waits for room until `deadline`.
  absl::Status SendUntil(const T& value, absl::Time deadline) const {
    static_assert(
        !internal::MustBeMoved<T>(),
        "ipc_channel: a value that owns receivers or descriptors is sent by "
        "std::move(), since sending takes them out of it.");
    return internal::SendValue(raw_, value, internal::Lending::kShare,
                               deadline);
  }
  absl::Status SendUntil(T&& value, absl::Time deadline) const {
    return internal::SendValue(raw_, value, internal::Lending::kMove, deadline);
  }

  // Sends what `view` shows of somebody's memory as if it were a T, without
  // making a T first: a std::string_view over a channel of std::string, a
  // std::span over one of std::vector, a struct of such views over one of the
  // struct that they stand for. View and T have the same encoding (serialize's
  // Fingerprint()), or it does not compile. Handles in the view are shared with
  // the message. Otherwise as the sends above.
  template <class View>
  absl::Status SendRef(const View& view) const {
    return SendRefUntil(view, absl::InfiniteFuture());
  }
  template <class View>
  absl::Status TrySendRef(const View& view) const {
    return SendRefUntil(view, absl::InfinitePast());
  }
  template <class View>
  absl::Status SendRefFor(const View& view, absl::Duration timeout) const {
    return SendRefUntil(view, absl::Now() + timeout);
  }
  template <class View>
  absl::Status SendRefUntil(const View& view, absl::Time deadline) const {
    static_assert(internal::IsViewOf<View, T>(),
                  "ipc_channel: what SendRef() is given is not encoded as the "
                  "channel's type is: each view in it must show the elements "
                  "of that type's string or vector.");
    static_assert(!internal::MustBeMoved<View>(),
                  "ipc_channel: what owns receivers or descriptors is sent by "
                  "Send() and std::move(), since sending takes them out of "
                  "it.");
    return internal::SendValue(raw_, view, internal::Lending::kShare, deadline);
  }

  // For loops that wait for other things too: transport::Sender's functions of
  // these names (transport/sender.h), whose contract holds as it is, for what
  // waits after a TrySend() that gave IsFull().
  absl::StatusOr<transport::BorrowedFd> waitable() const {
    return raw_.waitable();
  }
  transport::Interest interest() const { return raw_.interest(); }
  absl::Time deadline() const { return raw_.deadline(); }

  // The same end with its type erased (opaque_sender.h): a copy, or this one,
  // which is empty afterwards.
  OpaqueSender ToOpaque() const& {
    return OpaqueSender(raw_, internal::ContentFingerprint<T>());
  }
  OpaqueSender ToOpaque() && {
    return OpaqueSender(std::move(raw_), internal::ContentFingerprint<T>());
  }

  // The same end without its type.
  const transport::Sender& raw() const { return raw_; }
  transport::Sender& raw() { return raw_; }

 private:
  transport::Sender raw_;
};

// A sender as a field of a message.
template <class T>
struct serialize::SerializeTraits<Sender<T>> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = false;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kSender);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.Sender");
    ipc_channel::internal::ChannelContent<T>::Describe(schema);
  }
  template <class Out>
  static void Write(Out& out, const Sender<T>& sender) {
    out.LendHandle(kKind, &sender.raw());
  }
  static bool Read(Reader& in, Sender<T>& sender) {
    return in.ClaimHandle(kKind, &sender.raw());
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_SENDER_H_
