#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_TYPED_HANDLER_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_TYPED_HANDLER_H_

#include <cstddef>
#include <span>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::router_internal {

using ClosedCallback = absl::AnyInvocable<void(absl::Status) &&>;

inline void CallIfThere(ClosedCallback& closed, absl::Status why) {
  if (closed != nullptr) std::move(closed)(std::move(why));
}

template <class T>
absl::StatusOr<T> DecodeOrStatus(const absl::Status& status,
                                 transport::Message& message,
                                 const serialize::DecodeLimits& limits) {
  if (!status.ok()) return status;
  return ipc_channel::internal::DecodeValue<T>(message, limits);
}

// Decodes messages for a callback.
template <class T>
class ValueHandler final : public Handler {
 public:
  using Callback = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  ValueHandler(const serialize::DecodeLimits& limits, Callback callback,
               ClosedCallback closed)
      : limits_(limits),
        callback_(std::move(callback)),
        closed_(std::move(closed)) {}

  Verdict OnMessage(const absl::Status& status,
                    transport::Message& message) override {
    absl::StatusOr<T> value = DecodeOrStatus<T>(status, message, limits_);
    const bool is_value = value.ok();
    callback_(std::move(value));
    return Verdict::DeliveredOrLost(is_value);
  }
  void OnClosed(absl::Status why) override {
    CallIfThere(closed_, std::move(why));
  }

 private:
  const serialize::DecodeLimits limits_;
  Callback callback_;
  ClosedCallback closed_;
};

// The same for the first message, or the end.
template <class T>
class OneShotHandler final : public Handler {
 public:
  using Callback = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  OneShotHandler(const serialize::DecodeLimits& limits, Callback callback)
      : limits_(limits), callback_(std::move(callback)) {}

  Verdict OnMessage(const absl::Status& status,
                    transport::Message& message) override {
    // Not called again if it throws.
    Callback callback = std::exchange(callback_, nullptr);
    absl::StatusOr<T> value = DecodeOrStatus<T>(status, message, limits_);
    Verdict verdict = Verdict::DeliveredOrLost(value.ok());
    verdict.next = Verdict::Next::kEnd;
    std::move(callback)(std::move(value));
    return verdict;
  }
  void OnClosed(absl::Status why) override {
    if (callback_ != nullptr) std::move(callback_)(std::move(why));
  }
  bool is_one_shot() const override { return true; }

 private:
  const serialize::DecodeLimits limits_;
  Callback callback_;
};

// Shows bytes where they lie.
class BytesHandler final : public Handler {
 public:
  using Callback =
      absl::AnyInvocable<void(absl::StatusOr<std::span<const std::byte>>)>;

  BytesHandler(Callback callback, ClosedCallback closed)
      : callback_(std::move(callback)), closed_(std::move(closed)) {}

  Verdict OnMessage(const absl::Status& status,
                    transport::Message& message) override {
    absl::Status checked = status;
    if (checked.ok()) checked = ipc_channel::internal::CheckBytes(message);
    if (checked.ok()) {
      callback_(message.payload());
    } else {
      callback_(checked);
    }
    return Verdict::DeliveredOrLost(checked.ok());
  }
  void OnClosed(absl::Status why) override {
    CallIfThere(closed_, std::move(why));
  }

 private:
  Callback callback_;
  ClosedCallback closed_;
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_TYPED_HANDLER_H_
