#include "ipc_channel/transport/unix/hostile/peer_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/hostile/control.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::UniqueFd;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;

constexpr int kMinute = 60'000;

// Another program in this one's place: the launcher of children starts only
// the executable that it is part of.
IPC_CHANNEL_CHILD_MAIN(BecomeHostilePeer) {
  const char* const program = std::getenv("HOSTILE_PEER");
  if (program != nullptr) {
    ::execl(program, program, args.at(0).c_str(), nullptr);
  }
  std::perror("cannot start the hostile peer");
  return 127;
}

absl::Status Give(const UniqueFd& control, const std::string& order,
                  const std::vector<int>& sockets = {}) {
  const int error =
      SendPacket(control.get(), Text(order), sockets, MSG_DONTWAIT);
  if (error == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("no order can be given to the peer: ",
                                          std::strerror(error)));
}

}  // namespace

absl::StatusOr<PeerProcess> PeerProcess::Start(const std::string& attack) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return absl::InternalError("socketpair");
  }
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  ExecOptions options;
  options.descriptors = {{kControl, theirs.get()}};
  absl::StatusOr<ChildProcess> process =
      ChildProcess::Exec("BecomeHostilePeer", {attack}, options);
  if (!process.ok()) return process.status();
  return PeerProcess(*std::move(process), std::move(ours));
}

absl::Status PeerProcess::StartRound(int number, UniqueFd socket,
                                     UniqueFd shared) {
  std::vector<int> sockets = {socket.get()};
  if (shared.valid()) sockets.push_back(shared.get());
  return Give(control_, absl::StrCat("round ", number, " ", ::getpid()),
              sockets);
}

absl::Status PeerProcess::StopFlood() { return Give(control_, "stop"); }

absl::StatusOr<Account> PeerProcess::EndOfRound() {
  pollfd entry = {.fd = control_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, kMinute) <= 0) {
    return absl::InternalError("the peer did not end its round in a minute");
  }
  std::array<char, 1'024> bytes = {};
  const ssize_t size =
      ::recv(control_.get(), bytes.data(), bytes.size() - 1, MSG_DONTWAIT);
  if (size <= 0) return absl::InternalError("the peer is gone");
  const std::string text(bytes.data(), static_cast<std::size_t>(size));
  if (absl::StartsWith(text, "skip ")) return absl::UnimplementedError(text);
  Account account;
  if (std::sscanf(text.c_str(), "account %d %d %d", &account.bad, &account.fine,
                  &account.odd) == 3) {
    return account;
  }
  return absl::InternalError(absl::StrCat("the peer: ", text));
}

}  // namespace ipc_channel_hostile
