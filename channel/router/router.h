#ifndef IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/inprocess_channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/router/forward_options.h"
#include "ipc_channel/channel/router/internal/core.h"
#include "ipc_channel/channel/router/internal/forward_handler.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/typed_handler.h"
#include "ipc_channel/channel/router/router_options.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel {

// The name of a route in its router. Never used again while the router lives.
enum class RouteId : std::uint64_t {};

// Calls a function for each message of a channel, for any number of channels:
//
//   auto router = Router::Create();
//   if (!router.ok()) return router.status();
//   auto route = (*router)->AddRoute(
//       std::move(jobs), [](absl::StatusOr<Job> job) {
//         if (job.ok()) Do(*std::move(job));
//       });
//
// Callbacks
// ---------
// A callback gets each message of its channel, in order, and in the place of
// one that was lost its status: DATA_LOSS or RESOURCE_EXHAUSTED, as Receiver<T>
// has them. Whatever is sent on one channel concerns its own route only.
//
// Calls for one route never overlap. Those for different routes are made by one
// thread, one after the other and taking turns, as long as none takes longer
// than RouterOptions::blocked_after: then another thread goes on with the other
// routes, and calls of different routes do overlap. So callbacks that share
// data need a lock, unless max_threads is 1. The receiver of a route whose
// callback takes long is left alone until it returns: what is sent meanwhile
// stays in the channel, and senders wait when that is full.
//
// With an executor all callbacks are tasks of it, at most one for each route at
// a time, which handles up to 16 messages. A task that is destroyed without
// having been run ends its route.
//
// A callback may do anything: block, throw, add any number of routes, remove
// its own or another, shut the router down or destroy it. One that throws ends
// its route, and nothing else.
//
// How routes end
// --------------
//   the last sender is gone, and     `closed` is called with UNAVAILABLE
//   every message was handled        (IsDisconnected())
//   the callback threw               `closed` is called with INTERNAL
//   RemoveRoute(), Shutdown(), a     `closed` is not called
//   task that was not run
//
// In all cases the receiver is dropped, of which its senders learn, and then
// the callbacks are destroyed: by the thread that ends the route, or if the
// callback is running, by that one after it. No lock of the router is ever held
// while a callback is called or destroyed. What `closed` throws is ignored.
//
// A router has two descriptors and, from its first route on, a thread; two, if
// it has no executor and a callback has been called. Neither costs anything
// while nothing comes. They have the signal mask of the thread that adds the
// first route. Nothing is allocated for a message, but with an executor and by
// what it contains; a thread that receives keeps up to 16 buffers of about 70
// KB for that.
//
// Thread-safe. No function waits, but Shutdown() and the destructor.
//
// In a forked child the router of the parent does nothing: all that adds or
// removes gives FAILED_PRECONDITION, and destroying it has no effect, nor has
// running or destroying its tasks. The child's copies of the receivers stay
// open until it ends or executes another program. A callback that forks must
// not return in the child: its thread would go on as the parent's router.
class Router {
 public:
  template <class T>
  using Callback = absl::AnyInvocable<void(absl::StatusOr<T>)>;
  template <class T>
  using OneShotCallback = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;
  // The bytes are valid until the callback returns.
  using BytesCallback =
      absl::AnyInvocable<void(absl::StatusOr<std::span<const std::byte>>)>;
  using ClosedCallback = absl::AnyInvocable<void(absl::Status) &&>;

  //   RESOURCE_EXHAUSTED  no descriptors or no memory
  //   UNIMPLEMENTED       nothing can be waited for in this build
  static absl::StatusOr<std::unique_ptr<Router>> Create(
      RouterOptions options = {});

  // One for the whole process, made on first use with the default options and
  // never destroyed; a forked child makes one of its own. Once it has been shut
  // down it stays so. Codes as Create(), which is tried again.
  static absl::StatusOr<Router*> Global();

  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  // Shutdown(). Does not wait in a callback of this router, nor after a
  // ShutdownUntil() that was too late: callbacks that are running go on, by
  // themselves.
  ~Router();

  // Calls `callback` for each message of `receiver`, those that are queued
  // included, with the limits of the receiver. Of the ends of bytes,
  // Receiver<Bytes>, it gets a Bytes to keep.
  //
  // After an error `receiver` is still the caller's, and the callbacks have
  // been destroyed, uncalled:
  //
  //   INVALID_ARGUMENT     the receiver or the callback is empty, or the
  //                        receiver is of a foreign back end that does not
  //                        support being waited for
  //   FAILED_PRECONDITION  the router has been shut down
  //   RESOURCE_EXHAUSTED   this process is short of memory, descriptors (one or
  //                        two are needed now and then) or threads, or this
  //                        user of kernel watches
  template <class T>
  absl::StatusOr<RouteId> AddRoute(Receiver<T>&& receiver,
                                   std::type_identity_t<Callback<T>> callback,
                                   ClosedCallback closed = nullptr) {
    if (callback == nullptr) return NoCallback();
    return AddHandler<router_internal::ValueHandler<T>>(
        receiver.raw(), LimitsOf(receiver), std::move(callback),
        std::move(closed));
  }

  // Calls `callback` once: with the first message, with the status of one that
  // was lost, or with UNAVAILABLE if the channel ends without one. The receiver
  // is dropped before. A route that ends otherwise (RemoveRoute(), Shutdown(),
  // a task that was not run) does not call it. Otherwise as AddRoute().
  template <class T>
  absl::StatusOr<RouteId> AddOneShotRoute(
      Receiver<T>&& receiver,
      std::type_identity_t<OneShotCallback<T>> callback) {
    if (callback == nullptr) return NoCallback();
    return AddHandler<router_internal::OneShotHandler<T>>(
        receiver.raw(), LimitsOf(receiver), std::move(callback));
  }

  // Shows the bytes of each message where they lie, without a copy. Otherwise
  // as AddRoute().
  absl::StatusOr<RouteId> AddBytesRoute(BytesReceiver&& receiver,
                                        BytesCallback callback,
                                        ClosedCallback closed = nullptr);

  // Sends each message of `from` on by `to`, as it is and with its handles:
  // nothing is decoded or checked for being a T. Of a channel between processes
  // to one in this process, or the other way round, or between two of a kind.
  //
  // Never waits for room: while there is none, one message is held and the rest
  // stays in its channel. If the far receiver is gone, which the next message
  // finds out, `from` is dropped, so that its senders learn; when the senders
  // of `from` are gone, so is `to`. A channel that is forwarded to itself, by
  // whatever detour, has a sender as long as the route exists, and what is sent
  // goes round. Errors and the rest as AddRoute(), and
  // INVALID_ARGUMENT if `to` is empty. After an error `from` is still the
  // caller's, and `to` has been destroyed.
  template <class T>
  absl::StatusOr<RouteId> Forward(Receiver<T>&& from, Sender<T> to,
                                  ForwardOptions options = {}) {
    if (!to.valid()) return NoSender();
    return AddHandler<router_internal::ForwardHandler>(
        from.raw(), std::move(to.raw()), std::move(options.undeliverable),
        std::move(options.closed));
  }

  // Forwards to a queue in this process, and gives the end to receive from,
  // which has the limits of `receiver`. `queue` says how much the queue holds;
  // other limits in it are not looked at. To end it drop what this gives.
  // Otherwise as Forward().
  template <class T>
  absl::StatusOr<Receiver<T>> RouteToQueue(
      Receiver<T>&& receiver, const transport::ChannelOptions& queue = {},
      ForwardOptions options = {}) {
    transport::ChannelOptions limited = queue;
    limited.max_message_bytes = receiver.raw().max_message_bytes();
    limited.max_message_handles = receiver.raw().max_message_handles();
    auto ends = InprocessChannel<T>(limited);
    if (!ends.ok()) return ends.status();
    if constexpr (requires { receiver.decode_limits(); }) {
      ends->receiver.SetDecodeLimits(receiver.decode_limits());
    }
    absl::StatusOr<RouteId> added = Forward(
        std::move(receiver), std::move(ends->sender), std::move(options));
    if (!added.ok()) return added.status();
    return std::move(ends->receiver);
  }

  // Ends a route. Does not wait: a call that is under way goes on, and none
  // begins any more. What was received and not yet handled is lost with the
  // channel. INVALID_ARGUMENT if there is none of that name, for example
  // because it has ended; FAILED_PRECONDITION in a forked child.
  absl::Status RemoveRoute(RouteId id);

  // Ends all routes and waits until no callback runs any more, and the threads
  // have ended. In a callback of this router it does not wait, neither for
  // itself nor for others. Can be called again, and by several threads.
  void Shutdown();
  // The same until a time. DEADLINE_EXCEEDED: a callback is still running. It
  // goes on; what it needs is kept for it, though the router be destroyed.
  absl::Status ShutdownFor(absl::Duration timeout) {
    return ShutdownUntil(absl::Now() + timeout);
  }
  absl::Status ShutdownUntil(absl::Time deadline);

  // All zero in a forked child.
  RouterStats stats() const;

 private:
  explicit Router(std::shared_ptr<router_internal::Core> core)
      : core_(std::move(core)) {}

  static absl::Status NoCallback();
  static absl::Status NoSender();

  template <class T>
  static serialize::DecodeLimits LimitsOf(const Receiver<T>& receiver) {
    if constexpr (requires { receiver.decode_limits(); }) {
      return receiver.decode_limits();
    } else {
      return {};
    }
  }

  template <class Handler, class... Args>
  absl::StatusOr<RouteId> AddHandler(transport::Receiver& receiver,
                                     Args&&... args) {
    return transport::OrOutOfMemory([&] {
      return Add(receiver,
                 std::make_unique<Handler>(std::forward<Args>(args)...));
    });
  }
  absl::StatusOr<RouteId> Add(
      transport::Receiver& receiver,
      std::unique_ptr<router_internal::Handler> handler);

  const std::shared_ptr<router_internal::Core> core_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_H_
