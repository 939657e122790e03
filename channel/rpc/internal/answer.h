#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWER_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWER_H_

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/rpc/internal/awaited.h"
#include "ipc_channel/channel/rpc/messages.h"
#include "ipc_channel/channel/rpc/server_status.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::rpc::internal {

// What the server makes of `message`, an answer; the message is cleared.
template <class Response>
absl::StatusOr<Response> ReadAnswer(transport::Message& message,
                                    const serialize::DecodeLimits& limits) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<Response> {
    absl::StatusOr<ToClient<Response>> read =
        ipc_channel::internal::DecodeValue<ToClient<Response>>(message, limits);
    if (!read.ok()) return read.status();
    if (read->answer.index() == 0) {
      return std::get<0>(std::move(read->answer));
    }
    const absl::Status& status = std::get<1>(read->answer);
    if (status.ok()) {
      return absl::DataLossError("the server answered OK without a response");
    }
    return FromServer(status);
  });
}

// The place for one answer.
template <class Response>
class Answer final : public Awaited {
 public:
  explicit Answer(const serialize::DecodeLimits& limits) : limits_(limits) {}

  void Take(transport::Message& message) override {
    result_ = ReadAnswer<Response>(message, limits_);
  }
  void Fail(const absl::Status& status) override { result_ = status; }

  absl::StatusOr<Response> Result() && { return std::move(result_); }

 private:
  const serialize::DecodeLimits limits_;
  absl::StatusOr<Response> result_ = absl::UnknownError("");
};

}  // namespace ipc_channel::rpc::internal

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_ANSWER_H_
