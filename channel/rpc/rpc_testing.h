#ifndef IPC_CHANNEL_CHANNEL_RPC_RPC_TESTING_H_
#define IPC_CHANNEL_CHANNEL_RPC_RPC_TESTING_H_

#include "ipc_channel/platforms/cxx20.h"

// What tests of calls have in common.

#include <utility>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::rpc {

// A client and a server of it.
template <class Request, class Response>
struct Pair {
  Client<Request, Response> client;
  Server<Request, Response> server;
};

template <class Request, class Response>
Client<Request, Response> MakeClient(ClientEnds<Request, Response> ends,
                                     const ClientOptions& options = {}) {
  absl::StatusOr<Client<Request, Response>> client =
      Client<Request, Response>::Create(std::move(ends), options);
  EXPECT_THAT(client, ::ipc_channel_testing::IsOk());
  return *std::move(client);
}

template <class Request, class Response>
Server<Request, Response> MakeServer(ServerEnds<Request, Response> ends,
                                     const ServerOptions& options = {}) {
  absl::StatusOr<Server<Request, Response>> server =
      Server<Request, Response>::Create(std::move(ends), options);
  EXPECT_THAT(server, ::ipc_channel_testing::IsOk());
  return *std::move(server);
}

template <class Request, class Response>
DuplexEnds<ToServer<Request>, ToClient<Response>> MakeEnds() {
  auto ends = DuplexChannel<ToServer<Request>, ToClient<Response>>();
  EXPECT_THAT(ends, ::ipc_channel_testing::IsOk());
  return *std::move(ends);
}

template <class Request, class Response>
Pair<Request, Response> MakePair(const ClientOptions& client_options = {},
                                 const ServerOptions& server_options = {}) {
  auto ends = MakeEnds<Request, Response>();
  return {
      MakeClient<Request, Response>(std::move(ends.first), client_options),
      MakeServer<Request, Response>(std::move(ends.second), server_options)};
}

// With a deadline that only a failing test reaches.
inline CallOptions BySoon() {
  return {.deadline = ::ipc_channel_testing::Soon()};
}

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_RPC_TESTING_H_
