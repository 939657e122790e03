#ifndef IPC_CHANNEL_CHANNEL_RPC_INTERNAL_MESSAGE_REFS_H_
#define IPC_CHANNEL_CHANNEL_RPC_INTERNAL_MESSAGE_REFS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/codec.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/channel/rpc/messages.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel {
namespace rpc::internal {

using ::ipc_channel::internal::Lending;

// Stands for a T that lies elsewhere in what is sent, so that this need neither
// be copied nor moved, and is as it was when the send fails.
template <class T>
struct Borrowed {
  const T* value = nullptr;
};

}  // namespace rpc::internal

template <class T>
struct serialize::SerializeTraits<rpc::internal::Borrowed<T>> {
  static constexpr std::size_t kMinWireSize = 0;

  static constexpr void Describe(Schema& schema) { schema.Field<T>(); }
  template <class Out>
  static void Write(Out& out, const rpc::internal::Borrowed<T>& borrowed) {
    out.Write(*borrowed.value);
  }
};

namespace rpc::internal {

// As messages.h has them, with what is borrowed in place of the values.
template <class Request>
struct AskRef {
  absl::Time deadline;
  Borrowed<Request> request;
};
template <class Request>
struct ToServerRef {
  std::uint64_t serial = 0;
  std::variant<AskRef<Request>, Cancel> what;
};
template <class Response>
struct ToClientRef {
  std::uint64_t id = 0;
  std::variant<Borrowed<Response>, absl::Status> answer;
};

// Codes as Sender<T>::SendUntil(). With Lending::kMove `value` must not be
// const, and loses its handles if the send succeeds.
template <class Request>
absl::Status SendAsk(const transport::Sender& sender, std::uint64_t serial,
                     absl::Time call_deadline, const Request& value,
                     Lending lending, absl::Time deadline) {
  using Ref = ToServerRef<Request>;
  static_assert(ipc_channel::internal::IsViewOf<Ref, ToServer<Request>>());
  const Ref message = {serial, AskRef<Request>{call_deadline, {&value}}};
  return ipc_channel::internal::SendValue(sender, message, lending, deadline);
}

template <class Request>
absl::Status SendCancel(const transport::Sender& sender, std::uint64_t serial,
                        std::uint64_t id, absl::Time deadline) {
  const ToServerRef<Request> message = {serial, Cancel{id}};
  return ipc_channel::internal::SendValue(sender, message, Lending::kShare,
                                          deadline);
}

// These do not wait.
template <class Response>
absl::Status SendResponse(const transport::Sender& sender, std::uint64_t id,
                          const Response& value, Lending lending) {
  using Ref = ToClientRef<Response>;
  static_assert(ipc_channel::internal::IsViewOf<Ref, ToClient<Response>>());
  const Ref message = {id, Borrowed<Response>{&value}};
  return ipc_channel::internal::SendValue(sender, message, lending,
                                          absl::InfinitePast());
}

template <class Response>
absl::Status SendStatus(const transport::Sender& sender, std::uint64_t id,
                        absl::Status status) {
  const ToClientRef<Response> message = {id, std::move(status)};
  return ipc_channel::internal::SendValue(sender, message, Lending::kShare,
                                          absl::InfinitePast());
}

}  // namespace rpc::internal
}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_RPC_INTERNAL_MESSAGE_REFS_H_
