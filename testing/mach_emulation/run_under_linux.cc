// run_under [--service=NAME]... [--] program [argument]...
//
// Runs a program with an emulated Mach kernel: it and every process it starts
// may use the calls of //testing/mach_emulation:mach. Made for Bazel's
// --run_under, and for mach_emulated_test().
//
//   --service  launchd knows this name as a service of a job, which checks in
//              (bootstrap_check_in()). Other names can only be registered.
//
// The kernel ends when the program does, and the program, by SIGKILL, when the
// kernel does. The exit code or signal is the program's; 126 or 127 if there is
// no kernel or no program, 70 after a kernel panic: the program, or this
// emulation, has broken the protocol between them.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/server.h"

int main(int argc, char** argv) {
  constexpr std::string_view kService = "--service=";
  std::vector<std::string> services;
  char** command = argv + (argc > 0 ? 1 : 0);
  for (; *command != nullptr; ++command) {
    const std::string_view word = *command;
    if (word == "--") {
      ++command;
      break;
    }
    if (word.substr(0, kService.size()) != kService) break;
    services.emplace_back(word.substr(kService.size()));
  }
  if (*command == nullptr) {
    std::fputs("run_under: no program is named\n", stderr);
    return 126;
  }
  return ipc_channel_testing::mach_emulation::RunUnderKernel(command, services);
}
