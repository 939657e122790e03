#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_LOOP_DESCRIPTOR_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_LOOP_DESCRIPTOR_H_

#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

// The descriptors that one loop has, for loops that take each only once (those
// of Asio and libuv): the first to wait for a descriptor hands the loop that
// itself, whoever comes after, a duplicate. Thread-compatible.
class LoopDescriptors {
 public:
  // What one waiter hands to the loop. Never closes what was borrowed. To be
  // taken out of the loop before it is destroyed, and destroyed before
  // LoopDescriptors. Move-only.
  class Loan {
   public:
    Loan() = default;
    Loan(Loan&& other) noexcept { *this = std::move(other); }
    Loan& operator=(Loan&& other) noexcept {
      std::swap(taken_, other.taken_);
      std::swap(fd_, other.fd_);
      std::swap(duplicate_, other.duplicate_);
      return *this;
    }
    ~Loan() {
      if (taken_ != nullptr) taken_->erase(fd_.get());
    }

    bool valid() const { return fd_.valid(); }
    int get() const { return fd_.get(); }

   private:
    friend class LoopDescriptors;

    std::set<int>* taken_ = nullptr;  // where to strike it out, if borrowed
    ipc_channel::transport::BorrowedFd fd_;
    ipc_channel::transport::UniqueFd duplicate_;
  };

  // RESOURCE_EXHAUSTED without a descriptor for a duplicate. Invalid for an
  // invalid one.
  absl::StatusOr<Loan> Take(ipc_channel::transport::BorrowedFd descriptor);

 private:
  std::set<int> taken_;
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_LOOP_DESCRIPTOR_H_
