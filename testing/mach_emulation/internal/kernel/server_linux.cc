// One thread, one poll(): calls that wait are parked in the kernel.

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/panic.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/process.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/server.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr int kNoKernel = 126;
constexpr int kCannotStart = 127;

int Fail(int code, const char* what) {
  std::fprintf(stderr, "mach_emulation: %s: %s\n", what, std::strerror(errno));
  return code;
}

// Not from the pid: tests in sandboxes all have the same small ones.
std::string RandomName() {
  std::uint64_t numbers[2];
  if (getrandom(numbers, sizeof(numbers), 0) != sizeof(numbers)) {
    Panic("there is no randomness");
  }
  return "ipc_channel_mach_emulation." + std::to_string(numbers[0]) + "." +
         std::to_string(numbers[1]);
}

UniqueFd Listen(const std::string& name) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (!socket.valid() ||
      bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(socket.get(), 1024) != 0) {
    socket.Reset();
  }
  return socket;
}

// In the child.
[[noreturn]] void Start(char** command, pid_t parent, const rlimit& limit) {
  setrlimit(RLIMIT_NOFILE, &limit);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotStart);
  execvp(command[0], command);
  _exit(Fail(kCannotStart, command[0]));
}

void SendReply(Connection& connection, const Reply& reply) {
  std::vector<int> fds = reply.fds;
  for (const auto& fd : reply.shared_fds) fds.push_back(fd->get());
  const std::span<const Answer> answer(&reply.answer, 1);
  if (SendFrame(connection.socket.get(), std::as_bytes(answer), reply.payload,
                fds)) {
    return;
  }
  // Who has been killed in a call does not hear the answer.
  if (errno == EPIPE || errno == ECONNRESET) return;
  Panic(std::string("an answer cannot be sent: ") + std::strerror(errno));
}

class Server {
 public:
  Server(UniqueFd listener, pid_t child,
         const std::vector<std::string>& services)
      : listener_(std::move(listener)),
        child_(child),
        child_fd_(OpenProcess(child)),
        kernel_(SendReply, services) {}

  // The child's wait status.
  int Run() {
    std::optional<int> status;
    while (!status.has_value()) {
      Wait();
      Serve();
      kernel_.DropTicketsOfDead();
      kernel_.ExpireCalls(Clock::now());
      Accept();
      status = ChildStatus();
    }
    // What ended before the child, or with it, is still to be heard of.
    Prepare();
    poll(polled_.data(), polled_.size(), 0);
    Serve();
    if (!kernel_.has_tasks()) kernel_.CheckNothingIsLeft();
    return *status;
  }

 private:
  struct Peer {
    Connection* connection;
    UniqueFd process;  // readable when it is dead, whoever has its sockets
  };

  void Prepare() {
    polled_.clear();
    // The listener first: what had been closed before somebody connected is
    // then seen as closed.
    polled_.push_back({listener_.get(), POLLIN, 0});
    polled_.push_back({child_fd_.get(), POLLIN, 0});
    for (const Peer& peer : peers_) {
      polled_.push_back({peer.connection->socket.get(), POLLIN, 0});
      polled_.push_back({peer.process.get(), POLLIN, 0});
    }
    for (const int process : kernel_.TicketProcesses()) {
      polled_.push_back({process, POLLIN, 0});
    }
  }

  void Wait() {
    Prepare();
    using std::chrono::milliseconds;
    // Without a pidfd the child is looked at now and then.
    milliseconds timeout(child_fd_.valid() ? -1 : 20);
    if (const auto deadline = kernel_.NextDeadline()) {
      const auto left =
          std::chrono::ceil<milliseconds>(*deadline - Clock::now());
      const milliseconds until = std::max(milliseconds(0), left);
      timeout = timeout.count() < 0 ? until : std::min(timeout, until);
    }
    const int most = 1 << 30;
    poll(polled_.data(), polled_.size(),
         static_cast<int>(std::min<std::int64_t>(timeout.count(), most)));
  }

  bool IsGone(std::size_t peer) const {
    return (polled_[2 + 2 * peer].revents & ~POLLIN) != 0 ||
           polled_[3 + 2 * peer].revents != 0;
  }

  // The dead first, so that the living see them dead. Who was dead before a
  // call came is so for the second look.
  void Serve() {
    std::vector<bool> calls;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      calls.push_back((polled_[2 + 2 * i].revents & POLLIN) != 0);
    }
    poll(polled_.data(), polled_.size(), 0);
    std::vector<Connection*> ready;
    std::vector<Connection*> gone;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (IsGone(i)) {
        gone.push_back(peers_[i].connection);
      } else if (calls[i]) {
        ready.push_back(peers_[i].connection);
      }
    }
    for (Connection* const connection : gone) ServeLast(connection);
    for (Connection* const connection : ready) ServeOne(connection);
  }

  // What a thread had still sent, and its end.
  void ServeLast(Connection* connection) {
    while (true) {
      pollfd socket = {connection->socket.get(), POLLIN, 0};
      poll(&socket, 1, 0);
      if ((socket.revents & POLLIN) == 0) return Remove(connection);
      if (!ServeOne(connection)) return;
    }
  }

  // False if the connection has ended.
  bool ServeOne(Connection* connection) {
    Call call;
    FrameContent content;
    const std::span<Call> fixed(&call, 1);
    switch (ReceiveFrame(connection->socket.get(),
                         std::as_writable_bytes(fixed), content)) {
      case FrameResult::kFrame:
        kernel_.Handle(*connection, call, std::move(content));
        return true;
      case FrameResult::kClosed:
        Remove(connection);
        return false;
      case FrameResult::kMalformed:
        break;
    }
    Panic("a frame came whose lengths do not fit together");
  }

  void Remove(Connection* connection) {
    const auto found = std::find_if(
        peers_.begin(), peers_.end(),
        [connection](const Peer& p) { return p.connection == connection; });
    peers_.erase(found);
    kernel_.RemoveConnection(*connection);
  }

  void Accept() {
    if (polled_.empty() || polled_[0].revents == 0) return;
    UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return;
    ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
      return;
    }
    Connection& connection =
        kernel_.AddConnection(std::move(socket), peer.pid, peer.uid, peer.gid);
    peers_.push_back({&connection, OpenProcess(peer.pid)});
  }

  std::optional<int> ChildStatus() const {
    int status;
    if (waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
    return status;
  }

  const UniqueFd listener_;
  const pid_t child_;
  const UniqueFd child_fd_;
  Kernel kernel_;
  std::vector<Peer> peers_;
  std::vector<pollfd> polled_;
};

int EndLike(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const rlimit no_core = {};
  setrlimit(RLIMIT_CORE, &no_core);  // the child's own is enough
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

}  // namespace

int RunUnderKernel(char** command, const std::vector<std::string>& services) {
  signal(SIGPIPE, SIG_IGN);
  const std::string name = RandomName();
  UniqueFd listener = Listen(name);
  if (!listener.valid()) return Fail(kNoKernel, "no socket");
  setenv(kSocketVariable, name.c_str(), 1);
  // The kernel has descriptors of all tasks.
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit most = {limit.rlim_max, limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &most);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return Fail(kNoKernel, "no process");
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    Start(command, parent, limit);
  }
  return EndLike(Server(std::move(listener), child, services).Run());
}

}  // namespace ipc_channel_testing::mach_emulation
