#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_TABLE_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/route.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {

// All routes of a router: whose receivers are watched, and who rests. Runs no
// user's code. Only adding takes memory. Thread-compatible.
class RouteTable {
 public:
  using Event = transport::ReceiverSet::Event;

  RouteTable() = default;
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  // Watches `receiver` for a new route with `handler`. After an error, which is
  // one of transport::ReceiverSet::Add(), both are still the caller's.
  absl::StatusOr<std::uint64_t> Add(transport::Receiver& receiver,
                                    std::unique_ptr<Handler>& handler);

  // Null if there is none, or it has ended.
  Route* Find(std::uint64_t id);
  Route* FindWatched(transport::ReceiverSet::Id id);
  Route* AnyLive();

  // Takes the receiver out of the set, if it is there, with what is queued.
  void TakeOut(Route& route);
  // The set has dropped the receiver, whose channel was closed.
  void ForgetClosed(Route& route);
  // Puts the receiver into the set, unless it is there; if that is impossible
  // now, the route rests and it is tried again.
  void PutBack(Route& route);

  // The route is not watched, but looked at as `wait` says, in 100 milliseconds
  // at the latest. Takes the receiver out of the set.
  void Rest(Route& route, const RoomWait& wait);
  // The same for a while that grows each time.
  void Pause(Route& route);
  // A route whose rest is over, which ends with that; null if there is none.
  Route* NextAwake(absl::Time now);
  std::span<Route* const> resting() const { return resting_; }

  // From now on nobody finds `route`.
  void End(Route& route);
  // Takes an ended route out.
  std::unique_ptr<Route> Erase(Route& route);

  // How many have not ended.
  std::size_t size() const { return routes_.size() - ended_; }
  std::size_t holding() const;

  // Of the set. deadline() includes the rests.
  absl::StatusOr<std::span<Event>> Receive(std::span<Event> events);
  absl::StatusOr<transport::BorrowedFd> waitable() { return set_.waitable(); }
  absl::Time deadline();

  // Closes the set; nothing can be watched any more.
  void CloseSet() { set_ = {}; }

 private:
  std::unique_ptr<Route> NewRoute();
  void Wake(Route& route);

  transport::ReceiverSet set_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Route>> routes_;
  // Both have room for all routes.
  std::unordered_map<transport::ReceiverSet::Id, Route*> watched_;
  std::vector<Route*> resting_;
  std::size_t ended_ = 0;
  std::uint64_t last_id_ = 0;
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_TABLE_H_
