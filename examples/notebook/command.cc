#include "ipc_channel/examples/notebook/command.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/notebook/connect.h"
#include "ipc_channel/examples/notebook/protocol.h"

namespace notebook {
namespace {

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// A connection, and until when what is asked is to be answered.
class Asker {
 public:
  Asker(Client client, ipc_channel::rpc::CallOptions options)
      : client_(std::move(client)), options_(std::move(options)) {}

  // The answer, which has to be of this kind.
  template <class Answer, class What>
  absl::StatusOr<Answer> Ask(What what) const {
    absl::StatusOr<Response> response =
        client_.Call(Request{std::move(what)}, options_);
    if (!response.ok()) return response.status();
    if (Answer* answer = std::get_if<Answer>(&response->what)) {
      return std::move(*answer);
    }
    return absl::InternalError("the daemon has answered something else");
  }

  const std::stop_token& stop() const { return options_.stop; }

 private:
  Client client_;
  ipc_channel::rpc::CallOptions options_;
};

absl::Status RunGet(const Asker& asker, const std::string& key, bool waits) {
  auto got = asker.Ask<Value>(Get{.key = key, .waits = waits});
  if (!got.ok()) return got.status();
  Print(got->value);
  Print("\n");
  return absl::OkStatus();
}

absl::Status RunList(const Asker& asker, const std::string& prefix) {
  std::string after;
  while (true) {
    auto page = asker.Ask<Keys>(List{.prefix = prefix, .after = after});
    if (!page.ok()) return page.status();
    for (const std::string& key : page->keys) Print(absl::StrCat(key, "\n"));
    if (page->are_all || page->keys.empty()) return absl::OkStatus();
    after = std::move(page->keys.back());
  }
}

void PrintChange(const Change& change) {
  if (change.is_deleted) {
    Print(absl::StrCat("delete ", change.key, "\n"));
  } else {
    Print(absl::StrCat("put ", change.key, " ", change.value_bytes, "\n"));
  }
  std::fflush(stdout);
}

absl::Status PrintChanges(ipc_channel::Receiver<Change>& changes,
                          std::uint64_t count, const std::stop_token& stop) {
  for (std::uint64_t i = 0; count == 0 || i < count; ++i) {
    const absl::StatusOr<Change> change = changes.Recv(stop);
    if (absl::IsCancelled(change.status())) return absl::OkStatus();
    if (!change.ok()) return change.status();
    PrintChange(*change);
  }
  return absl::OkStatus();
}

absl::Status RunWatch(const Asker& asker, const std::string& prefix,
                      std::uint64_t count) {
  auto ends = ipc_channel::Channel<Change>();
  if (!ends.ok()) return ends.status();
  auto begun = asker.Ask<Done>(
      Watch{.prefix = prefix, .changes = std::move(ends->sender)});
  if (!begun.ok()) return begun.status();
  std::fputs("watching\n", stderr);
  absl::Status ended = PrintChanges(ends->receiver, count, asker.stop());
  if (!absl::IsUnavailable(ended)) return ended;
  return absl::UnavailableError(
      "the daemon is gone, or found that this does not keep up with it");
}

absl::Status RunImport(const Asker& asker, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  }
  auto memory =
      ipc_channel::SharedMemory::CopyOf(std::as_bytes(std::span(text)));
  if (!memory.ok()) return memory.status();
  auto done = asker.Ask<Done>(Import{.text = *std::move(memory)});
  if (!done.ok()) return done.status();
  Print(absl::StrCat(done->entries, " entries\n"));
  return absl::OkStatus();
}

absl::Status RunExport(const Asker& asker) {
  auto snapshot = asker.Ask<Snapshot>(Export{});
  if (!snapshot.ok()) return snapshot.status();
  const std::span<const std::byte> bytes = snapshot->text.bytes();
  Print({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return absl::OkStatus();
}

absl::Status RunWho(const Asker& asker) {
  auto clients = asker.Ask<Clients>(Who{});
  if (!clients.ok()) return clients.status();
  for (const ClientInfo& client : clients->clients) {
    Print(absl::StrCat("pid ", client.pid, " uid ", client.uid, " watches ",
                       client.watches, " waits ", client.calls, "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCommand(const NotebookOptions& options,
                        const std::stop_token& stop) {
  const absl::Time deadline = absl::Now() + options.timeout;
  absl::StatusOr<Client> client = ConnectTo(options.name, deadline);
  if (!client.ok()) return client.status();
  const Asker asker(*std::move(client), {.deadline = deadline, .stop = stop});
  const std::string first =
      options.arguments.empty() ? "" : options.arguments.front();
  if (options.command == "put") {
    return asker.Ask<Done>(Put{.key = first, .value = options.arguments[1]})
        .status();
  }
  if (options.command == "delete") {
    return asker.Ask<Done>(Delete{.key = first}).status();
  }
  if (options.command == "get") return RunGet(asker, first, options.waits);
  if (options.command == "list") return RunList(asker, first);
  if (options.command == "watch") return RunWatch(asker, first, options.count);
  if (options.command == "import") return RunImport(asker, first);
  if (options.command == "export") return RunExport(asker);
  return RunWho(asker);
}

}  // namespace notebook
