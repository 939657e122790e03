#include "ipc_channel/examples/notebook/service.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/notebook/book_text.h"

namespace notebook {
namespace {

// After so many requests of a client the others have their turn.
constexpr int kCallsPerTurn = 8;

absl::Status NoSuchEntry() {
  return absl::NotFoundError("there is no such entry");
}

void AnswerCall(Server::Call& call, absl::StatusOr<Response> response) {
  const absl::Status sent = response.ok() ? call.Respond(*std::move(response))
                                          : call.Fail(response.status());
  // Whatever the reason is, the client is not to wait for ever.
  if (!call.is_answered()) call.Fail(sent).IgnoreError();
}

}  // namespace

void Service::Welcome(Listener::Client client) {
  if (sessions_.size() >= limits_.clients) MakeRoom();
  const Id id = ++last_id_;
  auto session = Session::Create(reactor_, std::move(client), limits_,
                                 [this, id] { OnReady(id); });
  if (session.ok()) sessions_.emplace(id, *std::move(session));
}

// See Limits::clients.
void Service::MakeRoom() {
  std::map<std::int64_t, std::size_t> shares;
  for (const auto& [id, session] : sessions_) ++shares[session->peer().pid];
  const auto rank = [&](const auto& entry) {
    const Session& session = *entry.second;
    return std::tuple(-static_cast<std::int64_t>(shares[session.peer().pid]),
                      session.last_call());
  };
  const auto victim = std::ranges::min_element(sessions_, {}, rank);
  if (victim != sessions_.end()) sessions_.erase(victim);
}

void Service::OnReady(Id id) {
  Session& session = *sessions_.at(id);
  for (int i = 0; i < kCallsPerTurn; ++i) {
    auto call = session.TryNext();
    if (absl::IsResourceExhausted(call.status())) break;  // looks again later
    if (!call.ok()) {
      sessions_.erase(id);
      return;
    }
    if (!call->has_value()) return session.Rest(/*has_more=*/false);
    Handle(session, **std::move(call));
  }
  session.Rest(/*has_more=*/true);
}

void Service::Handle(Session& session, Server::Call call) {
  if (const Get* get = std::get_if<Get>(&call.request().what);
      get != nullptr && get->waits && book_.Get(get->key) == nullptr) {
    if (session.AddWaiting(call)) return;
    return AnswerCall(call, absl::ResourceExhaustedError(absl::StrCat(
                                "of a client's calls at most ", limits_.calls,
                                " wait at a time")));
  }
  AnswerCall(call, std::visit([&](auto& what) { return On(session, what); },
                              call.request().what));
}

Service::Answer Service::On(Session&, Put& put) {
  Book::Entries entries;
  entries.emplace(std::move(put.key), std::move(put.value));
  absl::Status status = PutAll(std::move(entries));
  if (!status.ok()) return status;
  return Response{Done{.entries = 1}};
}

Service::Answer Service::On(Session&, Get& get) {
  const std::string* value = book_.Get(get.key);
  if (value == nullptr) return NoSuchEntry();
  return Response{Value{.value = *value}};
}

Service::Answer Service::On(Session&, Delete& request) {
  if (!book_.Delete(request.key)) return NoSuchEntry();
  snapshot_.reset();
  for (auto& [id, session] : sessions_) session->OnDelete(request.key);
  return Response{Done{.entries = 1}};
}

Service::Answer Service::On(Session&, List& list) {
  Keys keys;
  keys.keys = book_.List(list.prefix, list.after, keys.are_all);
  return Response{std::move(keys)};
}

Service::Answer Service::On(Session& session, Watch& watch) {
  if (session.AddWatch(std::move(watch))) return Response{Done{}};
  return absl::ResourceExhaustedError(
      absl::StrCat("a client has at most ", limits_.watches, " watches"));
}

Service::Answer Service::On(Session&, Import& import) {
  if (import.text.size() > limits_.import_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a text has at most ", limits_.import_bytes, " bytes"));
  }
  const std::span<const std::byte> bytes = import.text.bytes();
  absl::StatusOr<Book::Entries> entries =
      FromText(std::string_view(reinterpret_cast<const char*>(bytes.data()),
                                bytes.size()),
               limits_.entries);
  if (!entries.ok()) return entries.status();
  const std::uint64_t count = entries->size();
  absl::Status status = PutAll(*std::move(entries));
  if (!status.ok()) return status;
  return Response{Done{.entries = count}};
}

Service::Answer Service::On(Session& session, Export&) {
  if (!session.AddSnapshot()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a client exports at most ", limits_.snapshots, " times"));
  }
  if (!snapshot_.has_value()) {
    const std::string text = ToText(book_.entries());
    auto memory =
        ipc_channel::SharedMemory::CopyOf(std::as_bytes(std::span(text)));
    if (!memory.ok()) return memory.status();
    snapshot_ = *std::move(memory);
  }
  return Response{Snapshot{.text = *snapshot_}};
}

Service::Answer Service::On(Session&, Who&) {
  Clients clients;
  for (const auto& [id, session] : sessions_) {
    clients.clients.push_back(session->info());
  }
  return Response{std::move(clients)};
}

absl::Status Service::PutAll(Book::Entries entries) {
  const Book::Entries told = entries;
  absl::Status status = book_.Put(std::move(entries));
  if (!status.ok()) return status;
  snapshot_.reset();
  for (auto& [id, session] : sessions_) {
    for (const auto& [key, value] : told) session->OnPut(key, value);
  }
  return absl::OkStatus();
}

}  // namespace notebook
