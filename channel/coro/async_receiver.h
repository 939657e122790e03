#ifndef IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_H_
#define IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/coro/internal/attempt.h"
#include "ipc_channel/channel/coro/internal/errors.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {
namespace internal {

template <class T>
struct HeldReceiver {
  Receiver<T> receiver;
};

template <class T>
struct ReceiverPoint final : HeldReceiver<T>, WaitPoint {};

// What one attempt to receive has found.
template <class T>
class Received {
 public:
  // False if there was nothing.
  bool TryFrom(Receiver<T>& receiver) {
    found_ = receiver.TryRecv();
    return !found_.ok() || found_->has_value();
  }
  void Fail(absl::Status error) { found_ = std::move(error); }

  absl::StatusOr<T> Take() {
    if (!found_.ok()) return std::move(found_).status();
    return **std::move(found_);
  }

 private:
  absl::StatusOr<std::optional<T>> found_ = std::optional<T>();
};

template <class T>
class RecvAwaiter final : public Attempt {
 public:
  RecvAwaiter(ReceiverPoint<T>* point, absl::Time deadline)
      : Attempt(point, deadline), point_(point) {}

  absl::StatusOr<T> await_resume() { return received_.Take(); }

 private:
  bool Try() override { return received_.TryFrom(point_->receiver); }
  absl::Time LookAt() override { return point_->receiver.deadline(); }
  void Fail(absl::Status error) override { received_.Fail(std::move(error)); }

  ReceiverPoint<T>* const point_;
  Received<T> received_;
};

class RecvIntoAwaiter final : public Attempt {
 public:
  RecvIntoAwaiter(ReceiverPoint<Bytes>* point, Bytes& bytes,
                  absl::Time deadline)
      : Attempt(point, deadline), point_(point), bytes_(bytes) {}

  absl::Status await_resume() { return std::move(status_); }

 private:
  bool Try() override {
    const absl::StatusOr<bool> received = point_->receiver.TryRecvInto(bytes_);
    status_ = received.status();
    return !received.ok() || *received;
  }
  absl::Time LookAt() override { return point_->receiver.deadline(); }
  void Fail(absl::Status error) override {
    // After an attempt it is, and keeps its memory.
    if (!bytes_.empty()) bytes_ = Bytes();
    status_ = std::move(error);
  }

  ReceiverPoint<Bytes>* const point_;
  Bytes& bytes_;
  absl::Status status_;
};

struct ReceiverAccess;

}  // namespace internal

// A Receiver<T> (receiver.h) that coroutines receive from, in a loop:
//
//   auto receiver = coro::AsyncReceiver<Job>::Create(loop, std::move(jobs));
//   if (!receiver.ok()) co_return receiver.status();
//   while (true) {
//     absl::StatusOr<Job> job = co_await receiver->Recv();
//     ...
//
// What there is already is received without waiting and without suspending;
// but after 32 messages at a time, the loop has a turn first, so that a flood
// keeps nobody else out. Otherwise the coroutine is resumed once, by the loop,
// in its thread and with nothing locked, and the message is taken from the
// channel right then: whatever becomes of a coroutine before, no message is
// lost. Receiving allocates nothing, nor does waiting.
//
// One coroutine at a time receives. Destroying the coroutine that waits ends
// the waiting, and another can receive.
//
// Destroying this destroys the receiver: senders are told Disconnected at their
// next send. If a coroutine waits, both happens after the loop has resumed it
// with CANCELLED.
//
// Move-only, also while a coroutine waits; for the loop's thread. Must not
// outlive its reactor.
template <class T>
class [[nodiscard]] AsyncReceiver {
 public:
  // An empty one: every receive gives FAILED_PRECONDITION.
  AsyncReceiver() = default;

  // Takes `receiver`, with what is queued in it and with its limits. After an
  // error it is still the caller's:
  //
  //   FAILED_PRECONDITION  it is empty
  //   RESOURCE_EXHAUSTED   no descriptors, kernel watches or memory
  //   UNIMPLEMENTED        nothing can be waited for in this build
  static absl::StatusOr<AsyncReceiver> Create(Reactor& reactor,
                                              Receiver<T>&& receiver) {
    return transport::OrOutOfMemory([&] { return Make(reactor, receiver); });
  }

  bool valid() const { return point_ != nullptr; }

  // co_await gives what the functions of these names of Receiver<T> give, with
  // their codes, and waits as long as they do, and:
  //
  //   FAILED_PRECONDITION  this is empty, or another coroutine waits for it
  //   CANCELLED            this was destroyed while the coroutine waited
  //
  // RESOURCE_EXHAUSTED for want of descriptors comes at each receive while that
  // lasts: pause (sleep.h) before the next.
  [[nodiscard]] internal::RecvAwaiter<T> Recv() {
    return RecvUntil(absl::InfiniteFuture());
  }
  [[nodiscard]] internal::RecvAwaiter<T> RecvFor(absl::Duration timeout) {
    return RecvUntil(absl::Now() + timeout);
  }
  [[nodiscard]] internal::RecvAwaiter<T> RecvUntil(absl::Time deadline) {
    return internal::RecvAwaiter<T>(point_.get(), deadline);
  }

  // The same of bytes, into `bytes`, which must live until then, and whose
  // memory is used again (bytes_receiver.h).
  [[nodiscard]] internal::RecvIntoAwaiter RecvInto(
      Bytes& bytes) requires std::same_as<T, Bytes> {
    return RecvIntoUntil(bytes, absl::InfiniteFuture());
  }
  [[nodiscard]] internal::RecvIntoAwaiter RecvIntoFor(
      Bytes& bytes, absl::Duration timeout) requires std::same_as<T, Bytes> {
    return RecvIntoUntil(bytes, absl::Now() + timeout);
  }
  [[nodiscard]] internal::RecvIntoAwaiter RecvIntoUntil(
      Bytes& bytes, absl::Time deadline) requires std::same_as<T, Bytes> {
    return internal::RecvIntoAwaiter(point_.get(), bytes, deadline);
  }

  // Gives the receiver back, with what is queued in it; this is empty
  // afterwards. FAILED_PRECONDITION if it is now, or if a coroutine waits.
  absl::StatusOr<Receiver<T>> Release() && {
    if (point_ == nullptr) return internal::EmptyError();
    if (point_->is_awaited()) return internal::AwaitedError();
    Receiver<T> receiver = std::move(point_->receiver);
    point_.reset();
    return receiver;
  }

 private:
  friend internal::ReceiverAccess;
  using Point = internal::ReceiverPoint<T>;

  explicit AsyncReceiver(std::unique_ptr<Point> point)
      : point_(point.release()) {}

  static absl::StatusOr<AsyncReceiver> Make(Reactor& reactor,
                                            Receiver<T>& receiver) {
    const absl::StatusOr<transport::BorrowedFd> waitable = receiver.waitable();
    if (!waitable.ok()) return waitable.status();
    auto point = std::make_unique<Point>();
    absl::Status opened = point->Open(reactor, *waitable, receiver.interest());
    if (!opened.ok()) return opened;
    point->receiver = std::move(receiver);
    return AsyncReceiver(std::move(point));
  }

  std::unique_ptr<Point, internal::WaitPoint::Abandoner> point_;
};

using AsyncBytesReceiver = AsyncReceiver<Bytes>;

namespace internal {

// For awaiting several at once.
struct ReceiverAccess {
  template <class T>
  static ReceiverPoint<T>* PointOf(AsyncReceiver<T>& receiver) {
    return receiver.point_.get();
  }
};

}  // namespace internal
}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_H_
