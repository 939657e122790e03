#ifndef IPC_CHANNEL_CHANNEL_CORO_ASYNC_SENDER_H_
#define IPC_CHANNEL_CHANNEL_CORO_ASYNC_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/coro/internal/attempt.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {
namespace internal {

template <class T>
struct HeldSender {
  Sender<T> sender;
};

template <class T>
struct SenderPoint final : HeldSender<T>, WaitPoint {};

// `TrySend` calls what its name says on a Sender<T>, and owns nothing.
template <class T, class TrySend>
class SendAwaiter final : public Attempt {
 public:
  SendAwaiter(SenderPoint<T>* point, TrySend try_send, absl::Time deadline)
      : Attempt(point, deadline), point_(point), try_send_(try_send) {}

  absl::Status await_resume() { return std::move(status_); }

 private:
  bool Try() override {
    status_ = try_send_(point_->sender);
    return !transport::IsFull(status_);
  }
  absl::Time LookAt() override { return point_->sender.deadline(); }
  void Fail(absl::Status error) override { status_ = std::move(error); }

  SenderPoint<T>* const point_;
  TrySend try_send_;
  absl::Status status_;
};

}  // namespace internal

// A Sender<T> (sender.h) that coroutines send with, in a loop:
//
//   auto sender = coro::AsyncSender<Job>::Create(loop, jobs);
//   if (!sender.ok()) co_return sender.status();
//   absl::Status sent = co_await sender->Send(job);
//
// Sends at once, without suspending, where there is room; but after 32 values
// at a time the loop has a turn first. In a full channel the coroutine is
// resumed once, by the loop, in its thread and with nothing locked, when the
// value has been sent or cannot be. Sending allocates no more than Sender<T>
// does, and waiting nothing.
//
// One coroutine at a time sends; others have an AsyncSender of their own, of a
// copy of the sender. Destroying the coroutine that waits ends the waiting, and
// its value has not been sent.
//
// Destroying this destroys its copy of the sender. If a coroutine waits, that
// happens after the loop has resumed it with CANCELLED, and nothing sent.
//
// Move-only, also while a coroutine waits; for the loop's thread. Must not
// outlive its reactor.
template <class T>
class [[nodiscard]] AsyncSender {
 public:
  // An empty one: every send gives FAILED_PRECONDITION.
  AsyncSender() = default;

  // FAILED_PRECONDITION  `sender` is empty
  // RESOURCE_EXHAUSTED   no descriptors, kernel watches or memory
  // UNIMPLEMENTED        nothing can be waited for in this build
  static absl::StatusOr<AsyncSender> Create(Reactor& reactor,
                                            Sender<T> sender) {
    return transport::OrOutOfMemory(
        [&] { return Make(reactor, std::move(sender)); });
  }

  bool valid() const { return point_ != nullptr; }

  // co_await gives what the functions of these names of Sender<T> give, with
  // their codes, and waits as long as they do, and:
  //
  //   FAILED_PRECONDITION  this is empty, or another coroutine waits to send
  //   CANCELLED            this was destroyed while the coroutine waited
  //   RESOURCE_EXHAUSTED   also at once where a Sender<T> waits and tries
  //   again:
  //                        this user has too many descriptors in flight. Pause
  //                        (sleep.h) before the next
  //
  // `value` is not copied: it must live until then, as a temporary in the
  // co_await expression does (but not one made by braces with gcc 12:
  // docs/coro.md). One given as an rvalue loses its handles to the message once
  // that is sent, and is as it was after any other status.
  [[nodiscard]] auto Send(const T& value) requires(!std::same_as<T, Bytes>) {
    return SendUntil(value, absl::InfiniteFuture());
  }
  [[nodiscard]] auto Send(T&& value) requires(!std::same_as<T, Bytes>) {
    return SendUntil(std::move(value), absl::InfiniteFuture());
  }
  [[nodiscard]] auto SendFor(const T& value, absl::Duration timeout) requires(
      !std::same_as<T, Bytes>) {
    return SendUntil(value, absl::Now() + timeout);
  }
  [[nodiscard]] auto SendFor(T&& value, absl::Duration timeout) requires(
      !std::same_as<T, Bytes>) {
    return SendUntil(std::move(value), absl::Now() + timeout);
  }
  [[nodiscard]] auto SendUntil(const T& value, absl::Time deadline) requires(
      !std::same_as<T, Bytes>) {
    return Await(
        [at = &value](const Sender<T>& sender) { return sender.TrySend(*at); },
        deadline);
  }
  [[nodiscard]] auto SendUntil(T&& value, absl::Time deadline) requires(
      !std::same_as<T, Bytes>) {
    return Await(
        [at = &value](const Sender<T>& sender) {
          return sender.TrySend(std::move(*at));
        },
        deadline);
  }

  // The same of what `view` shows as if it were a T (Sender<T>::SendRef()); it
  // must live until then too.
  template <class View>
  requires(!std::same_as<T, Bytes>)
      [[nodiscard]] auto SendRef(const View& view) {
    return SendRefUntil(view, absl::InfiniteFuture());
  }
  template <class View>
  requires(!std::same_as<T, Bytes>)
      [[nodiscard]] auto SendRefFor(const View& view, absl::Duration timeout) {
    return SendRefUntil(view, absl::Now() + timeout);
  }
  template <class View>
  requires(!std::same_as<T, Bytes>)
      [[nodiscard]] auto SendRefUntil(const View& view, absl::Time deadline) {
    return Await(
        [at = &view](const Sender<T>& sender) {
          return sender.TrySendRef(*at);
        },
        deadline);
  }

  // The same of bytes and of characters, which must live until then.
  [[nodiscard]] auto Send(
      std::span<const std::byte> bytes) requires std::same_as<T, Bytes> {
    return SendUntil(bytes, absl::InfiniteFuture());
  }
  [[nodiscard]] auto SendFor(
      std::span<const std::byte> bytes,
      absl::Duration timeout) requires std::same_as<T, Bytes> {
    return SendUntil(bytes, absl::Now() + timeout);
  }
  [[nodiscard]] auto SendUntil(
      std::span<const std::byte> bytes,
      absl::Time deadline) requires std::same_as<T, Bytes> {
    return Await(
        [bytes](const Sender<T>& sender) { return sender.TrySend(bytes); },
        deadline);
  }
  [[nodiscard]] auto Send(
      std::string_view text) requires std::same_as<T, Bytes> {
    return Send(std::as_bytes(std::span(text)));
  }
  [[nodiscard]] auto SendFor(
      std::string_view text,
      absl::Duration timeout) requires std::same_as<T, Bytes> {
    return SendFor(std::as_bytes(std::span(text)), timeout);
  }
  [[nodiscard]] auto SendUntil(
      std::string_view text,
      absl::Time deadline) requires std::same_as<T, Bytes> {
    return SendUntil(std::as_bytes(std::span(text)), deadline);
  }

 private:
  using Point = internal::SenderPoint<T>;

  explicit AsyncSender(std::unique_ptr<Point> point)
      : point_(point.release()) {}

  static absl::StatusOr<AsyncSender> Make(Reactor& reactor, Sender<T> sender) {
    const absl::StatusOr<transport::BorrowedFd> waitable = sender.waitable();
    if (!waitable.ok()) return waitable.status();
    auto point = std::make_unique<Point>();
    absl::Status opened = point->Open(reactor, *waitable, sender.interest());
    if (!opened.ok()) return opened;
    point->sender = std::move(sender);
    return AsyncSender(std::move(point));
  }

  template <class TrySend>
  internal::SendAwaiter<T, TrySend> Await(TrySend try_send,
                                          absl::Time deadline) {
    return internal::SendAwaiter<T, TrySend>(point_.get(), try_send, deadline);
  }

  std::unique_ptr<Point, internal::WaitPoint::Abandoner> point_;
};

using AsyncBytesSender = AsyncSender<Bytes>;

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_ASYNC_SENDER_H_
