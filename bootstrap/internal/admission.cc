#include "ipc_channel/bootstrap/internal/admission.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::internal {

// How many are taken, in all and by each user.
class Admission::Seats {
 public:
  Seats(std::size_t most, std::size_t most_per_user)
      : most_(most), most_per_user_(most_per_user) {}

  bool Take(std::int64_t user) {
    transport::MutexLock lock(mutex_);
    // Nothing is remembered of users without a seat.
    if (taken_ >= most_ || most_per_user_ == 0) return false;
    std::size_t& of_user = by_user_[user];
    if (of_user >= most_per_user_) return false;
    ++of_user;
    ++taken_;
    return true;
  }

  void GiveBack(std::int64_t user) {
    transport::MutexLock lock(mutex_);
    --taken_;
    const auto found = by_user_.find(user);
    if (--found->second == 0) by_user_.erase(found);
  }

 private:
  const std::size_t most_;
  const std::size_t most_per_user_;
  transport::Mutex mutex_;
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::int64_t, std::size_t> by_user_ ABSL_GUARDED_BY(mutex_);
};

class Admission::Seat {
 public:
  Seat(std::shared_ptr<Seats> seats, std::int64_t user)
      : seats_(std::move(seats)), user_(user) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    if (is_taken_) seats_->GiveBack(user_);
  }

  bool Take() { return is_taken_ = seats_->Take(user_); }

 private:
  const std::shared_ptr<Seats> seats_;
  const std::int64_t user_;
  bool is_taken_ = false;
};

Admission::Admission(const ListenerOptions& options,
                     bool (*is_own_user)(const PeerIdentity&))
    : policy_(options.admits ? options.admits : is_own_user),
      seats_(std::make_shared<Seats>(options.max_clients,
                                     options.max_clients_per_user)) {}

absl::StatusOr<std::shared_ptr<const void>> Admission::Admit(
    const PeerIdentity& client) {
  if (!policy_(client)) {
    return absl::PermissionDeniedError("the policy refuses this client");
  }
  auto seat = std::make_shared<Seat>(seats_, client.uid);
  if (!seat->Take()) {
    return absl::ResourceExhaustedError("there are too many clients");
  }
  return std::shared_ptr<const void>(std::move(seat));
}

}  // namespace ipc_channel::internal
