// From the start of a program until its first message is there. The time of
// what comes after it, until the child is reaped, is not measured, but the
// processor time is.

#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/bootstrap/spawn.h"

namespace ipc_channel_bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / 1e6;
}

// Of this process and of the children that it has reaped.
double ProcessorSeconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    CheckCall(::getrusage(who, &usage) == 0, "getrusage");
    sum += Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  }
  return sum;
}

// Beside this one.
std::string Program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() /
         "spawned_program";
}

pid_t SpawnBare(std::string program, int socket) {
  posix_spawn_file_actions_t actions;
  CheckCall(::posix_spawn_file_actions_init(&actions) == 0, "actions");
  CheckCall(::posix_spawn_file_actions_adddup2(&actions, socket, 3) == 0,
            "adddup2");
  std::string argument = "bare";
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  errno = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments,
                        environ);
  CheckCall(errno == 0, "posix_spawn");
  ::posix_spawn_file_actions_destroy(&actions);
  return pid;
}

void Bare(benchmark::State& state) {
  const std::string program = Program();
  const double before = ProcessorSeconds();
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  for (auto _ : state) {
    BarePair pair = NewBarePair();
    const pid_t pid = SpawnBare(program, pair.far.get());
    pair.far.Reset();
    if (ReceiveBare(pair.near.Borrow(), bytes) == 0) Stop("no message");
    state.PauseTiming();
    pair.near.Reset();
    CheckCall(::waitpid(pid, nullptr, 0) == pid, "waitpid");
    state.ResumeTiming();
  }
  ReportProcessorTime(ProcessorSeconds() - before, state);
}

void Typed(benchmark::State& state) {
  const std::string program = Program();
  const double before = ProcessorSeconds();
  for (auto _ : state) {
    auto spawned = Check(ipc_channel::Spawn<std::uint64_t, std::uint64_t>(
        {.program = program, .arguments = {"typed"}}));
    Check(spawned.receiver.Recv().status());
    state.PauseTiming();
    spawned.sender = {};
    Check(spawned.child.Wait().status());
    state.ResumeTiming();
  }
  ReportProcessorTime(ProcessorSeconds() - before, state);
}

const bool kAdded = AddWork({.name = "SpawnToFirstMessage",
                             .sizes = {8},
                             .variants = {{"bare", Bare}, {"typed", Typed}}});

}  // namespace
}  // namespace ipc_channel_bench
