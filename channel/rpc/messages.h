#ifndef IPC_CHANNEL_CHANNEL_RPC_MESSAGES_H_
#define IPC_CHANNEL_CHANNEL_RPC_MESSAGES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/serialize/abseil/status.h"
#include "ipc_channel/serialize/abseil/time.h"

// What a client and a server say to each other, for the types of the channels
// between them (client.h, server.h) and for peers that are written otherwise.

namespace ipc_channel::rpc {

// A call, whose id is the serial of the message that it comes in.
template <class Request>
struct Ask {
  // By the system's clock, which is one for all processes of a machine, so that
  // the time a message waits in a channel counts. InfiniteFuture(): none.
  absl::Time deadline;
  Request request;
};

// The client no longer waits for the answer of the call `id`, which may have
// been answered already.
struct Cancel {
  std::uint64_t id = 0;
};

// What a client sends. Serials go up from 1, by one for each message, in the
// order in which the messages are in the channel: so the server knows of one
// that was lost which call it was, and can answer it.
template <class Request>
struct ToServer {
  std::uint64_t serial = 0;
  std::variant<Ask<Request>, Cancel> what;
};

// What a server sends: the one answer to the call `id`, in any order. A status
// that is OK is malformed.
template <class Response>
struct ToClient {
  std::uint64_t id = 0;
  std::variant<Response, absl::Status> answer;
};

// The two sides, as DuplexChannel<ToServer<Request>, ToClient<Response>>() and
// ConnectDuplex<ToServer<Request>, ToClient<Response>>() give them.
template <class Request, class Response>
using ClientEnds = Duplex<ToServer<Request>, ToClient<Response>>;
template <class Request, class Response>
using ServerEnds = Duplex<ToClient<Response>, ToServer<Request>>;

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_MESSAGES_H_
