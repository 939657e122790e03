#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_SERVER_CORE_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_SERVER_CORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/rpc/internal/answers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::rpc::internal {

// Reads `message`, whose serial is as it should be, and clears it. True if it
// was a call that is now to be given.
using TakeFunction =
    absl::FunctionRef<bool(transport::Message& message, std::uint64_t serial)>;

// A server (server.h), without the types. Destroying it hangs up. Not movable;
// thread-compatible.
class ServerCore {
 public:
  // After an error both ends are still the caller's. Codes as Server::Create().
  static absl::StatusOr<std::unique_ptr<ServerCore>> Create(
      transport::Sender& sender, transport::Receiver& receiver,
      std::size_t max_calls, std::uint64_t message_fingerprint,
      SendStatusFunction send_status);
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;
  ~ServerCore();

  // Until `take` says that there is a call. Codes as Server::NextUntil().
  absl::Status Next(TakeFunction take, absl::Time deadline,
                    const std::stop_token& stop);

  // Answers a call that is none in progress. Who does not read such answers is
  // hung up on.
  void Refuse(std::uint64_t id, absl::Status status);

  const std::shared_ptr<Answers>& answers() const { return answers_; }

  // As Server::waitable() and deadline().
  absl::StatusOr<transport::BorrowedFd> waitable() { return set_.waitable(); }
  absl::Time deadline();

 private:
  enum class Found { kNothing, kSomething, kCall };

  ServerCore() = default;

  absl::Status NextOrThrow(TakeFunction take, absl::Time deadline,
                           const std::stop_token& stop);
  absl::StatusOr<Found> Look(TakeFunction take, absl::Time deadline);
  bool OnMessage(TakeFunction take, transport::Message& message);
  void OnMisfit();
  void OnLoss(const absl::Status& status);
  void AnswerLostBefore(std::uint64_t serial);
  void RefuseLost(std::uint64_t serial, const absl::Status& status);
  void HangUp(absl::Status reason);

  transport::ReceiverSet set_;
  transport::ReceiverSet::Id requests_ = 0;  // in the set, beside the bell
  std::array<transport::ReceiverSet::Event, 2> events_;
  std::shared_ptr<Answers> answers_;
  std::uint64_t message_fingerprint_ = 0;
  std::uint64_t last_serial_ = 0;  // that was received or answered as lost
  // Whether the last one was answered as lost and may be queued yet, and how
  // many times since then one was lost or could not be received, and why.
  bool may_come_yet_ = false;
  std::uint64_t uncertain_losses_ = 0;
  absl::Status last_loss_;
  int misfits_ = 0;  // messages that were no requests
  // Whether the last look ended before it had seen all.
  bool has_more_ = false;
  absl::Status ended_;  // why there are no more calls, if there are not
};

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_SERVER_CORE_H_
