#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWERS_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWERS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <stop_token>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::rpc::internal {

// A call that a server has been given.
struct CallInProgress {
  explicit CallInProgress(std::uint64_t id) : id(id) {}

  const std::uint64_t id;
  std::stop_source gone;  // requested when nobody waits for the answer
};

// Sends one answer; does not wait. Codes as Sender<T>::TrySend().
using TrySendFunction =
    absl::FunctionRef<absl::Status(const transport::Sender& sender)>;
using SendStatusFunction = absl::Status (*)(const transport::Sender& sender,
                                            std::uint64_t id,
                                            absl::Status status);

// An answer that waits for room.
class DeferredAnswer {
 public:
  explicit DeferredAnswer(std::uint64_t id) : id_(id) {}
  DeferredAnswer(const DeferredAnswer&) = delete;
  DeferredAnswer& operator=(const DeferredAnswer&) = delete;
  virtual ~DeferredAnswer() = default;

  std::uint64_t id() const { return id_; }
  virtual absl::Status TrySend(const transport::Sender& sender) = 0;

 private:
  const std::uint64_t id_;
};
using DeferFunction = absl::FunctionRef<std::unique_ptr<DeferredAnswer>()>;

// The way back to one client, and who may use it: the calls in progress. What
// finds no room there waits here, for no thread waits for a client; the thread
// that looks after the server is woken to try again. Calls and waiting answers
// together are bounded. Thread-safe, unless it says otherwise.
class Answers {
 public:
  // `bell` wakes the server's thread by a message.
  Answers(transport::Sender sender, transport::Sender bell,
          std::size_t max_calls, SendStatusFunction send_status);
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // A new call; null if there are too many, or no memory for it.
  std::shared_ptr<CallInProgress> Begin(std::uint64_t id);

  // Answers a call that is none in progress. False, and nothing is done, if too
  // many such answers wait for room. May throw std::bad_alloc.
  bool Refuse(std::uint64_t id, absl::Status status);

  // Answers a call in progress, by `try_send` at once or with what `defer`
  // makes later, which takes what it needs. It is in progress no longer after
  // OK, UNAVAILABLE (no client) and CANCELLED (nobody waits); else an error of
  // `try_send`. May throw std::bad_alloc, and then it still is, too.
  absl::Status Answer(const CallInProgress& call, TrySendFunction try_send,
                      DeferFunction defer);
  // The same with a status.
  absl::Status AnswerStatus(const CallInProgress& call, absl::Status status);
  // The call has nobody any more who could answer. If the client cannot even be
  // told that, it is hung up on, so as not to wait for ever.
  void Abandon(const CallInProgress& call);

  // The client has cancelled the call.
  void Cancel(std::uint64_t id);

  // Hangs up. Nobody waits for any of the calls.
  void Close();
  bool is_closed() const;

  // Tries to send what waits; for the server's thread. Then: when to try again,
  // InfiniteFuture() if nothing waits.
  void Flush();
  absl::Time next_flush() const;

  // Wakes the server's thread.
  void Wake() const;

 private:
  using Waiting = std::list<std::unique_ptr<DeferredAnswer>>;

  void Defer(Waiting& answer);
  bool Forget(const CallInProgress& call);
  std::unique_ptr<DeferredAnswer> DeferStatus(std::uint64_t id,
                                              absl::Status status) const;
  absl::Status SendDeferred(std::unique_ptr<DeferredAnswer>& answer,
                            const transport::Sender& sender) const;

  const transport::Sender bell_;
  const std::size_t max_calls_;
  const SendStatusFunction send_status_;

  mutable transport::Mutex mutex_;
  transport::Sender sender_ ABSL_GUARDED_BY(mutex_);  // empty once closed
  std::unordered_map<std::uint64_t, std::shared_ptr<CallInProgress>> calls_
      ABSL_GUARDED_BY(mutex_);
  Waiting waiting_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_flush_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWERS_H_
