// restricted_run [--deny=call[:use]:error]... [--unprivileged] --
//     program [argument]...
//
// Runs a program in the place of this one with rights taken away, from it and
// from every process it starts.
//
//   --deny          these system calls fail with this error: every one
//                   (membarrier:ENOSYS), or one use of it
//                   (getsockopt:SO_COOKIE:ENOPROTOOPT). A name that is unknown
//                   prints those that are known.
//   --unprivileged  no capabilities, and another user where this process may
//                   become one. The program is opened before, so that it may
//                   lie in a folder closed to others; the libraries it loads,
//                   and the files it uses, may not.
//
// The program is an ELF file, named by its path. The exit code is its own, or
// 125 if it could not be restricted and 126 if it could not be started.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/restrict/internal/command_line.h"
#include "ipc_channel/testing/restrict/internal/credentials.h"
#include "ipc_channel/testing/restrict/internal/seccomp_filter.h"

namespace ipc_channel_testing::internal {
namespace {

constexpr int kCannotRestrict = 125;
constexpr int kCannotStart = 126;

int Fail(int code, const std::string& message) {
  std::fprintf(stderr, "restricted_run: %s\n", message.c_str());
  return code;
}

// Where Bazel wants a test to write: folders that are often closed to others.
// GoogleTest crashes if it cannot write its reports. Without being asked it
// writes none, and Bazel makes up for them; temporary files go to /tmp then.
void ForgetBazelsFolders() {
  ::unsetenv("XML_OUTPUT_FILE");
  ::unsetenv("TEST_PREMATURE_EXIT_FILE");
  ::unsetenv("TEST_TMPDIR");
}

absl::Status Restrict(const CommandLine& command) {
  if (command.unprivileged) {
    absl::Status status = GiveUpPrivileges();
    if (!status.ok()) return status;
    ForgetBazelsFolders();
  }
  absl::Status status = ForbidNewPrivileges();
  return status.ok() ? InstallSeccompFilter(command.denied) : status;
}

int Run(int argc, char** argv) {
  absl::StatusOr<CommandLine> command = ParseCommandLine(argc, argv);
  if (!command.ok()) {
    return Fail(kCannotRestrict, std::string(command.status().message()));
  }
  const std::string path = command->program[0];
  const int program = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (program < 0)
    return Fail(kCannotStart, path + ": " + std::strerror(errno));
  absl::Status status = Restrict(*command);
  if (!status.ok()) {
    return Fail(kCannotRestrict, std::string(status.message()));
  }
  ::execveat(program, "", command->program, environ, AT_EMPTY_PATH);
  return Fail(kCannotStart, path + ": " + std::strerror(errno));
}

}  // namespace
}  // namespace ipc_channel_testing::internal

int main(int argc, char** argv) {
  return ipc_channel_testing::internal::Run(argc, argv);
}
