#include "ipc_channel/examples/notebook/session.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace notebook {
namespace {

// What the client's messages may cost from now on; nothing has been read yet.
void Limit(ipc_channel::Receiver<ToServer>& receiver, const Limits& limits) {
  receiver.raw().SetMaxMessageBytes(limits.message_bytes());
  receiver.raw().SetMaxMessageHandles(1);
  receiver.SetDecodeLimits(
      {.max_allocated_bytes = 2 * limits.message_bytes(), .max_depth = 8});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Create(
    ipc_channel::Reactor& reactor, Listener::Client client,
    const Limits& limits, absl::AnyInvocable<void()> on_ready) {
  Limit(client.duplex.receiver, limits);
  // Twice as many as may wait: one that was cancelled counts there until this
  // has dropped it, which cannot be before the next request has been looked at.
  absl::StatusOr<Server> server =
      Server::Create(std::move(client.duplex), {.max_calls = 2 * limits.calls});
  if (!server.ok()) return server.status();
  std::unique_ptr<Session> session(
      new Session(*std::move(server), client.peer, limits));
  const auto descriptor = session->server_.waitable();
  if (!descriptor.ok()) return descriptor.status();
  auto ready = reactor.NewWatch(*descriptor, session->server_.interest(),
                                std::move(on_ready));
  if (!ready.ok()) return ready.status();
  session->ready_ = *std::move(ready);
  session->Rest(/*has_more=*/true);  // nothing has been tried yet
  return session;
}

Session::Session(Server server, const ipc_channel::PeerIdentity& peer,
                 const Limits& limits)
    : limits_(limits),
      peer_(peer),
      last_call_(absl::Now()),
      server_(std::move(server)) {}

ClientInfo Session::info() const {
  return {.pid = peer_.pid,
          .uid = peer_.uid,
          .watches = watches_.size(),
          .calls = waiting_.size()};
}

absl::StatusOr<std::optional<Server::Call>> Session::TryNext() {
  auto call = server_.TryNext();
  if (call.ok() && call->has_value()) last_call_ = absl::Now();
  return call;
}

void Session::Rest(bool has_more) {
  const absl::Time next_end = DropUnwanted();
  ready_->Arm(has_more ? absl::InfinitePast()
                       : std::min(server_.deadline(), next_end));
}

bool Session::AddWatch(Watch watch) {
  if (watches_.size() >= limits_.watches) return false;
  watches_.push_back(std::move(watch));
  return true;
}

bool Session::AddSnapshot() {
  if (snapshots_ >= limits_.snapshots) return false;
  ++snapshots_;
  return true;
}

bool Session::AddWaiting(Server::Call& call) {
  DropUnwanted();  // one that was cancelled makes room at once
  if (waiting_.size() >= limits_.calls) return false;
  waiting_.push_back(std::move(call));
  return true;
}

void Session::OnPut(const std::string& key, const std::string& value) {
  std::erase_if(waiting_, [&](Server::Call& call) {
    if (std::get<Get>(call.request().what).key != key) return false;
    call.Respond(Response{Value{value}}).IgnoreError();
    return true;
  });
  Tell({.is_deleted = false, .key = key, .value_bytes = value.size()});
}

void Session::OnDelete(const std::string& key) {
  Tell({.is_deleted = true, .key = key});
}

// Who does not read gets no more, rather than a part without a word.
void Session::Tell(const Change& change) {
  std::erase_if(watches_, [&](const Watch& watch) {
    return change.key.starts_with(watch.prefix) &&
           !watch.changes.TrySend(change).ok();
  });
}

// Gives when the next call that waits is late.
absl::Time Session::DropUnwanted() {
  const absl::Time now = absl::Now();
  absl::Time next_end = absl::InfiniteFuture();
  std::erase_if(waiting_, [&](Server::Call& call) {
    if (call.cancelled()) return true;
    if (call.deadline() <= now) {
      call.Fail(absl::DeadlineExceededError("there was no such entry in time"))
          .IgnoreError();
      return true;
    }
    next_end = std::min(next_end, call.deadline());
    return false;
  });
  return next_end;
}

}  // namespace notebook
