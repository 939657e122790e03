// First contact: connecting, accepting, and the first message. Each process is
// server and client in turn, so that nothing but first contacts goes to and
// fro; one operation is one there and one back.

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/listener.h"
#include "ipc_channel/bootstrap/one_shot_server.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::Connect;
using ipc_channel::Listener;
using ipc_channel::OneShotServer;
using ipc_channel::transport::UniqueFd;

// The twin: what a program without a library would do; or that, and what the
// library's contracts need beyond it, which is the most that it can reach:
//   * a wait before accepting, which deadlines and requests to stop can end:
//     ppoll()
//   * nobody can leave data in a client's socket: shutdown(SHUT_RD)
//   * a one-shot server that is used up refuses who waits and who comes, though
//     a fork may have a copy of it: shutdown(), accept4() until nobody is there
enum class Calls { kBare, kOfContract };

constexpr int kBacklog = 128;

struct BareName {
  sockaddr_un address = {};
  socklen_t size = 0;
};

BareName NameOf(std::string_view text) {
  BareName name;
  name.address.sun_family = AF_UNIX;
  std::ranges::copy(text, name.address.sun_path + 1);
  name.size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return name;
}

std::string RandomText() {
  std::array<char, 16> random;
  CheckCall(::getrandom(random.data(), random.size(), 0) ==
                static_cast<ssize_t>(random.size()),
            "getrandom");
  return absl::BytesToHexString(
      absl::string_view(random.data(), random.size()));
}

UniqueFd BareSocket() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  CheckCall(socket.valid(), "socket");
  return socket;
}

// That the other side is the same user's.
void CheckPeer(const UniqueFd& socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  CheckCall(
      ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0,
      "getsockopt");
  if (peer.uid != ::geteuid()) Stop("another user");
}

UniqueFd ListenBare(std::string_view text) {
  UniqueFd socket = BareSocket();
  const BareName name = NameOf(text);
  CheckCall(
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name.address),
             name.size) == 0,
      "bind");
  CheckCall(::listen(socket.get(), kBacklog) == 0, "listen");
  return socket;
}

template <Calls calls>
void CallBare(std::string_view text, std::span<const std::byte> first) {
  const UniqueFd socket = BareSocket();
  const BareName name = NameOf(text);
  CheckCall(
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name.address),
                name.size) == 0,
      "connect");
  CheckPeer(socket);
  if (calls == Calls::kOfContract) {
    CheckCall(::shutdown(socket.get(), SHUT_RD) == 0, "shutdown");
  }
  SendBare(socket.Borrow(), first);
}

// The bytes of the first message.
template <Calls calls>
std::size_t AcceptBare(const UniqueFd& server, std::span<std::byte> first) {
  if (calls == Calls::kOfContract) {
    pollfd entry = {.fd = server.get(), .events = POLLIN, .revents = 0};
    const timespec longest = {.tv_sec = 3600};
    CheckCall(::ppoll(&entry, 1, &longest, nullptr) == 1, "ppoll");
  }
  const UniqueFd client(
      ::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  CheckCall(client.valid(), "accept4");
  CheckPeer(client);
  return ReceiveBare(client.Borrow(), first);
}

template <Calls calls>
void CloseBare(UniqueFd server) {
  if (calls == Calls::kBare) return;
  CheckCall(::shutdown(server.get(), SHUT_RDWR) == 0, "shutdown");
  const UniqueFd nobody(
      ::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (nobody.valid()) Stop("somebody else came");
}

// Servers that stay. `kLast` as a first message ends the other process.

constexpr std::uint64_t kMore = 1;
constexpr std::uint64_t kLast = 0;

template <Calls calls>
void BareContact(benchmark::State& state) {
  const std::string far_name = RandomText();
  const std::string near_name = RandomText();
  UniqueFd far = ListenBare(far_name);
  UniqueFd near = ListenBare(near_name);
  const auto call = [](const std::string& name, std::uint64_t value) {
    CallBare<calls>(name, std::as_bytes(std::span(&value, 1)));
  };
  const auto accept = [](const UniqueFd& server) {
    std::uint64_t value = kLast;
    AcceptBare<calls>(server, std::as_writable_bytes(std::span(&value, 1)));
    return value;
  };
  const PeerProcess peer(state, [&] {
    near.Reset();
    while (accept(far) == kMore) call(near_name, kMore);
  });
  far.Reset();
  LapTimer timer;
  for (auto _ : state) {
    call(far_name, kMore);
    accept(near);
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  call(far_name, kLast);
}

void TypedContact(benchmark::State& state) {
  using Door = Listener<std::uint64_t>;
  std::optional<Door> far = Check(Door::Create());
  std::optional<Door> near = Check(Door::Create());
  const std::string far_name = far->name();
  const std::string near_name = near->name();
  const auto call = [](const std::string& name, std::uint64_t value) {
    Check(Check(Connect<std::uint64_t>(name)).Send(value));
  };
  const auto accept = [](Door& door) {
    return Check(Check(door.Accept()).receiver.Recv());
  };
  const PeerProcess peer(state, [&] {
    while (accept(*far) == kMore) call(near_name, kMore);
  });
  LapTimer timer;
  for (auto _ : state) {
    call(far_name, kMore);
    accept(*near);
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  call(far_name, kLast);
}

// Servers for one client. A first message is the name of the next, to which the
// answer goes; an empty one ends the other process.

constexpr char kNone = '-';

template <Calls calls>
void BareOneShot(benchmark::State& state) {
  const std::string first_name = RandomText();
  UniqueFd first = ListenBare(first_name);
  const auto call = [](std::string_view name, std::string_view next) {
    CallBare<calls>(name, std::as_bytes(std::span(next)));
  };
  const auto accept = [](UniqueFd server) {
    std::array<char, 64> name;
    const std::size_t size =
        AcceptBare<calls>(server, std::as_writable_bytes(std::span(name)));
    CloseBare<calls>(std::move(server));
    return std::string(name.data(), size);
  };
  const PeerProcess peer(state, [&] {
    UniqueFd server = std::move(first);
    while (true) {
      const std::string client = accept(std::move(server));
      if (client.front() == kNone) return;
      const std::string next = RandomText();
      server = ListenBare(next);
      call(client, next);
    }
  });
  first.Reset();
  std::string other = first_name;
  LapTimer timer;
  for (auto _ : state) {
    const std::string name = RandomText();
    UniqueFd server = ListenBare(name);
    call(other, name);
    other = accept(std::move(server));
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  call(other, std::string_view(&kNone, 1));
}

void TypedOneShot(benchmark::State& state) {
  using Server = OneShotServer<std::string>;
  std::optional<Server> first = Check(Server::Create());
  std::string other = first->name();
  const auto call = [](const std::string& name, const std::string& next) {
    Check(Check(Connect<std::string>(name)).Send(next));
  };
  const PeerProcess peer(state, [&] {
    while (true) {
      const std::string client = Check(first->Accept()).first;
      if (client.empty()) return;
      first.emplace(Check(Server::Create()));
      call(client, first->name());
    }
  });
  LapTimer timer;
  for (auto _ : state) {
    Server server = Check(Server::Create());
    call(other, server.name());
    other = Check(server.Accept()).first;
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
  call(other, "");
}

const bool kAdded =
    AddWork({.name = "FirstContact",
             .sizes = {8},
             .variants = {{"bare", BareContact<Calls::kBare>},
                          {"contract", BareContact<Calls::kOfContract>},
                          {"listener", TypedContact}}});

const bool kAddedToo =
    AddWork({.name = "OneShotContact",
             .sizes = {32},
             .variants = {{"bare", BareOneShot<Calls::kBare>},
                          {"contract", BareOneShot<Calls::kOfContract>},
                          {"one_shot", TypedOneShot}}});

}  // namespace
}  // namespace ipc_channel_bench
