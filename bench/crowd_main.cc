// A thousand clients at once at one listener: how long each of them waits, from
// its Connect() until its first message has been received, and whether all are
// served. A share is what one client takes of the whole time: who is served as
// the k-th of those that came together waits for k shares. A client was passed
// by those that began to connect after it and were served before it.

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/listener.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel_bench {
namespace {

constexpr int kProcesses = 8;
constexpr int kClientsOfEach = 125;
constexpr int kClients = kProcesses * kClientsOfEach;

// A client's first message: when it began to connect. The clock is one for all
// processes.
using Started = std::int64_t;
using Door = ipc_channel::Listener<Started>;

std::int64_t Now() { return absl::GetCurrentTimeNanos(); }

// The clients of one process. The number of those that failed.
int Call(const std::string& name) {
  std::vector<ipc_channel::Sender<Started>> clients;
  int errors = 0;
  for (int i = 0; i < kClientsOfEach; ++i) {
    const Started started = Now();
    auto client = ipc_channel::Connect<Started>(name);
    if (!client.ok() || !client->Send(started).ok()) {
      ++errors;
      continue;
    }
    clients.push_back(*std::move(client));
  }
  return errors;
}

// They begin when the near end of `gate` is closed.
std::vector<pid_t> StartCrowd(BarePair& gate, const std::string& name) {
  std::vector<pid_t> crowd;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    CheckCall(child >= 0, "fork");
    if (child == 0) {
      gate.near.Reset();
      ReceiveSignal(gate.far.Borrow());
      ::_exit(Call(name));
    }
    crowd.push_back(child);
  }
  return crowd;
}

int ErrorsOf(const std::vector<pid_t>& crowd) {
  int errors = 0;
  for (const pid_t child : crowd) {
    int status = 0;
    CheckCall(::waitpid(child, &status, 0) == child, "waitpid");
    if (!WIFEXITED(status)) Stop("a process of clients was killed");
    errors += WEXITSTATUS(status);
  }
  return errors;
}

double Microseconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e3;
}

// For each client, in the order in which they were served: how many passed it.
std::vector<int> Passed(const std::vector<Started>& started) {
  std::vector<int> passed;
  for (auto client = started.begin(); client != started.end(); ++client) {
    passed.push_back(static_cast<int>(
        std::count_if(started.begin(), client,
                      [&](Started other) { return other > *client; })));
  }
  return passed;
}

void Run() {
  Door door = Check(Door::Create());
  BarePair gate = NewBarePair();
  const std::vector<pid_t> crowd = StartCrowd(gate, door.name());
  const std::int64_t begin = Now();
  gate.near.Reset();
  std::vector<Door::Client> clients;
  std::vector<std::int64_t> waits;
  std::vector<Started> order;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(Check(door.AcceptFor(absl::Minutes(1))));
    order.push_back(Check(clients.back().receiver.Recv()));
    waits.push_back(Now() - order.back());
  }
  const double total = Microseconds(Now() - begin);
  const int errors = ErrorsOf(crowd);
  std::vector<int> passed = Passed(order);
  std::ranges::sort(waits);
  std::ranges::sort(passed);
  const double share = total / kClients;
  std::printf("%d clients in %d processes, %d errors; %.0f us, a share is %.1f",
              kClients, kProcesses, errors, total, share);
  std::printf(" us\n%6s %10s %8s %10s\n", "", "us", "shares", "passed by");
  const auto print = [&](const char* name, std::size_t at) {
    const double wait = Microseconds(waits[at]);
    std::printf("%6s %10.1f %8.1f %10d\n", name, wait, wait / share,
                passed[at]);
  };
  print("p50", kClients / 2);
  print("p99", kClients * 99 / 100);
  print("max", kClients - 1);
  if (errors != 0) Stop("not all were served");
}

}  // namespace
}  // namespace ipc_channel_bench

int main() { ipc_channel_bench::Run(); }
