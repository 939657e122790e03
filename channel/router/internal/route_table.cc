#include "ipc_channel/channel/router/internal/route_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::router_internal {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestRest = absl::Milliseconds(100);

}  // namespace

std::unique_ptr<Route> RouteTable::NewRoute() {
  auto route = std::make_unique<Route>();
  std::unordered_map<transport::ReceiverSet::Id, Route*> made;
  made.emplace(0, route.get());
  route->watched_node = made.extract(0);
  return route;
}

absl::StatusOr<std::uint64_t> RouteTable::Add(
    transport::Receiver& receiver, std::unique_ptr<Handler>& handler) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<std::uint64_t> {
    // Nothing is to fail any more once the set has the receiver.
    std::unique_ptr<Route> route = NewRoute();
    watched_.reserve(routes_.size() + 1);
    if (resting_.capacity() <= routes_.size()) {
      resting_.reserve(2 * routes_.size() + 1);
    }
    const std::uint64_t id = last_id_ + 1;
    const auto place = routes_.try_emplace(id).first;
    const absl::StatusOr<transport::ReceiverSet::Id> watched_as =
        set_.Add(std::move(receiver));
    if (!watched_as.ok()) {
      routes_.erase(place);
      return watched_as.status();
    }
    route->id = last_id_ = id;
    route->handler = std::move(handler);
    route->watched_as = *watched_as;
    route->watched_node.key() = *watched_as;
    watched_.insert(std::move(route->watched_node));
    place->second = std::move(route);
    return id;
  });
}

Route* RouteTable::Find(std::uint64_t id) {
  const auto found = routes_.find(id);
  if (found == routes_.end() || found->second->is_ended) return nullptr;
  return found->second.get();
}

Route* RouteTable::FindWatched(transport::ReceiverSet::Id id) {
  const auto found = watched_.find(id);
  return found == watched_.end() ? nullptr : found->second;
}

Route* RouteTable::AnyLive() {
  for (const auto& [id, route] : routes_) {
    if (!route->is_ended) return route.get();
  }
  return nullptr;
}

void RouteTable::TakeOut(Route& route) {
  if (route.watched_as == 0) return;
  absl::StatusOr<transport::Receiver> receiver = set_.Remove(route.watched_as);
  if (receiver.ok()) route.receiver = *std::move(receiver);
  ForgetClosed(route);
}

void RouteTable::ForgetClosed(Route& route) {
  route.watched_node = watched_.extract(route.watched_as);
  route.watched_as = 0;
}

void RouteTable::PutBack(Route& route) {
  if (route.watched_as != 0) return;
  const absl::StatusOr<transport::ReceiverSet::Id> id =
      set_.Add(std::move(route.receiver));
  if (!id.ok()) return Rest(route, {.until = absl::Now() + kLongestRest});
  route.watched_as = *id;
  route.watched_node.key() = *id;
  watched_.insert(std::move(route.watched_node));
}

void RouteTable::Rest(Route& route, const RoomWait& wait) {
  TakeOut(route);
  route.wait = wait;
  route.is_ready = false;
  route.is_resting = true;
  resting_.push_back(&route);
}

void RouteTable::Pause(Route& route) {
  route.last_pause =
      std::clamp(2 * route.last_pause, kFirstPause, kLongestRest);
  Rest(route, {.until = absl::Now() + route.last_pause});
}

void RouteTable::Wake(Route& route) {
  if (!route.is_resting) return;
  route.is_resting = false;
  std::erase(resting_, &route);
}

Route* RouteTable::NextAwake(absl::Time now) {
  for (Route* route : resting_) {
    // A clock that was set back must not make a rest longer.
    route->wait.until = std::min(route->wait.until, now + kLongestRest);
    if (!route->is_ready && now < route->wait.until) continue;
    Wake(*route);
    return route;
  }
  return nullptr;
}

void RouteTable::End(Route& route) {
  if (route.is_ended) return;
  Wake(route);
  route.is_ended = true;
  ++ended_;
}

std::unique_ptr<Route> RouteTable::Erase(Route& route) {
  const auto found = routes_.find(route.id);
  std::unique_ptr<Route> erased = std::move(found->second);
  routes_.erase(found);
  --ended_;
  return erased;
}

std::size_t RouteTable::holding() const {
  return static_cast<std::size_t>(
      std::count_if(resting_.begin(), resting_.end(),
                    [](const Route* route) { return route->is_holding; }));
}

absl::StatusOr<std::span<RouteTable::Event>> RouteTable::Receive(
    std::span<Event> events) {
  return set_.Wait(absl::InfinitePast(), events);
}

absl::Time RouteTable::deadline() {
  absl::Time first = set_.deadline();
  for (const Route* route : resting_) {
    first = std::min(
        first, route->is_ready ? absl::InfinitePast() : route->wait.until);
  }
  return first;
}

}  // namespace ipc_channel::router_internal
