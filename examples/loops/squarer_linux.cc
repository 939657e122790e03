#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/loops/squarer.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/transport/errno_status.h"

namespace loops {
namespace {

namespace ipc = ipc_channel;

// The child's arguments: this, the name of its parent's server, how it ends.
constexpr char kIsSquarer[] = "--squarer";
constexpr char kMortal[] = "mortal";
constexpr char kImmortal[] = "immortal";

constexpr int kMortalNumbers = 10;

absl::StatusOr<pid_t> StartProgramAgain(std::string server, bool is_mortal) {
  std::string role = kIsSquarer;
  std::string end = is_mortal ? kMortal : kImmortal;
  char* arguments[] = {role.data(), role.data(), server.data(), end.data(),
                       nullptr};
  pid_t pid;
  const int error = ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr,
                                  arguments, environ);
  if (error != 0) return ipc::transport::ErrnoToStatus(error, "posix_spawn");
  return pid;
}

}  // namespace

void Squarer::Begin() {
  if (!start.TrySend(std::move(work)).ok()) work = {};
  start = {};
}

bool Squarer::WaitForExit() const {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

absl::StatusOr<Squarer> StartSquarer(bool is_mortal) {
  auto server = ipc::OneShotServer<ipc::Sender<SquarerWork>>::Create();
  if (!server.ok()) return server.status();
  auto numbers = ipc::Channel<std::int64_t>({.capacity = {{.messages = 4}}});
  auto squares = ipc::Channel<std::int64_t>();
  if (!numbers.ok()) return numbers.status();
  if (!squares.ok()) return squares.status();
  auto pid = StartProgramAgain(server->name(), is_mortal);
  if (!pid.ok()) return pid.status();
  auto child = server->Accept(absl::Now() + absl::Minutes(1));
  if (!child.ok()) return child.status();
  return Squarer{
      .numbers = std::move(numbers->sender),
      .squares = std::move(squares->receiver),
      .start = std::move(child->first),
      .work = {std::move(numbers->receiver), std::move(squares->sender)},
      .pid = *pid};
}

bool IsSquarer(std::span<char*> arguments) {
  return arguments.size() == 4 && arguments[1] == std::string_view(kIsSquarer);
}

int RunSquarer(std::span<char*> arguments) {
  auto parent = ipc::Connect<ipc::Sender<SquarerWork>>(arguments[2]);
  auto start = ipc::Channel<SquarerWork>();
  if (!parent.ok() || !start.ok()) return 1;
  if (!parent->Send(std::move(start->sender)).ok()) return 1;
  auto work = start->receiver.Recv();
  if (!work.ok()) return 1;
  int until_death =
      arguments[3] == std::string_view(kMortal) ? kMortalNumbers : -1;
  for (const auto& number : work->numbers) {
    if (!number.ok()) continue;  // one message was lost, not the channel
    if (!work->squares.Send(*number * *number).ok()) return 1;
    if (--until_death == 0) _exit(1);
  }
  return 0;  // the parent has no more numbers
}

}  // namespace loops
