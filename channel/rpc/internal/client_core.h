#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_CLIENT_CORE_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_CLIENT_CORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/internal/awaited.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::rpc::internal {

// Sends one message that is the `serial`th, as SendUntil() does.
using SendAskFunction =
    absl::FunctionRef<absl::Status(const transport::Sender& sender,
                                   std::uint64_t serial, absl::Time deadline)>;
using SendCancelFunction = absl::Status (*)(const transport::Sender& sender,
                                            std::uint64_t serial,
                                            std::uint64_t id,
                                            absl::Time deadline);

// A client (client.h), without the types. There is no thread: of those who wait
// for anything, one at a time leads, which is to receive for all, and who stops
// leading wakes another. Sends take turns, so that serials are in order.
//
// Thread-safe. Must outlive all calls of it, which share it.
class ClientCore {
 public:
  ClientCore(transport::Sender sender, transport::Receiver receiver,
             std::size_t max_calls, std::uint64_t answer_fingerprint,
             SendCancelFunction send_cancel);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  // Sends a call and gives its id. From then on `call` gets an answer, unless
  // it is cancelled. Waits for a place among the calls, and for room.
  absl::StatusOr<std::uint64_t> Start(std::shared_ptr<Awaited> call,
                                      SendAskFunction send, absl::Time deadline,
                                      const std::stop_token& stop);

  // Waits until `call` has its answer. DEADLINE_EXCEEDED and CANCELLED if it
  // has not; RESOURCE_EXHAUSTED and UNIMPLEMENTED of waiting for a stop.
  absl::Status Wait(const Awaited& call, absl::Time deadline,
                    const std::stop_token& stop);

  // Nobody waits for the call any more. Tells the server, unless it is done:
  // now, or when there is room and somebody sends or receives. Receives what
  // there is. Does not block.
  void Cancel(std::uint64_t id);

 private:
  // What somebody waits for: the answer to `call`; or if that is null, a turn
  // to send, with a place for another call.
  struct Waiter {
    const Awaited* call = nullptr;
    transport::CondVar wake;
  };

  absl::Status Await(Waiter& me, absl::Time deadline,
                     const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsMet(const Waiter& waiter) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayLead(const Waiter& waiter) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeWhoMay() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> Lead(absl::Time deadline, const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> Receive(absl::Time deadline, const std::stop_token& stop,
                               absl::Status& lost);
  void TakeWhatIsThere() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HandOut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailAll(const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::uint64_t> StartInTurn(std::shared_ptr<Awaited> call,
                                            SendAskFunction send,
                                            absl::Time deadline,
                                            const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TrySendCancels() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SendCancels(absl::Time deadline, const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const transport::Sender sender_;
  const std::size_t max_calls_;
  const std::uint64_t answer_fingerprint_;
  const SendCancelFunction send_cancel_;

  // Of who leads, without a lock.
  transport::Receiver receiver_;
  transport::Message message_;

  transport::Mutex mutex_;
  // Why there will be no more answers, if there will not.
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
  bool is_led_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_sending_ ABSL_GUARDED_BY(mutex_) = false;
  // Changed by who sends, in its turn.
  std::uint64_t next_serial_ ABSL_GUARDED_BY(mutex_) = 1;
  // Those to which no answer has come.
  std::unordered_map<std::uint64_t, std::shared_ptr<Awaited>> calls_
      ABSL_GUARDED_BY(mutex_);
  // Cancelled, but the server has not been told. Those of no more than
  // max_calls_ calls: no call is sent before them.
  std::deque<std::uint64_t> cancels_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_CLIENT_CORE_H_
