#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_RECEIVE_ITERATOR_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_RECEIVE_ITERATOR_H_

#include <cstddef>
#include <iterator>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {

// An input iterator over what `End`, a receiver of T, receives; the contract is
// that of Receiver::begin(). Must not outlive the receiver. Thread-compatible.
template <class End, class T>
class ReceiveIterator {
 public:
  using value_type = absl::StatusOr<T>;
  using difference_type = std::ptrdiff_t;

  explicit ReceiveIterator(End* receiver) : receiver_(receiver) { Advance(); }

  absl::StatusOr<T>& operator*() { return value_; }
  absl::StatusOr<T>* operator->() { return &value_; }
  ReceiveIterator& operator++() {
    Advance();
    return *this;
  }
  void operator++(int) { Advance(); }

  friend bool operator==(const ReceiveIterator& iterator,
                         std::default_sentinel_t) {
    return iterator.at_end_;
  }

 private:
  void Advance() {
    if (is_last_) {
      at_end_ = true;
      return;
    }
    // Not kept while waiting: handles in it would keep channels and files open.
    value_ = absl::UnknownError("");
    value_ = receiver_->Recv();
    at_end_ = transport::IsDisconnected(value_.status());
    is_last_ = !value_.ok() &&
               value_.status().code() != absl::StatusCode::kDataLoss &&
               value_.status().code() != absl::StatusCode::kResourceExhausted;
  }

  End* receiver_;
  absl::StatusOr<T> value_ = absl::UnknownError("");
  bool is_last_ = false;
  bool at_end_ = false;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_RECEIVE_ITERATOR_H_
