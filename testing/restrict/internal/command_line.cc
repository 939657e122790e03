#include "ipc_channel/testing/restrict/internal/command_line.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/restrict/internal/denial.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {
namespace {

constexpr std::string_view kDeny = "--deny=";

absl::Status BadUsage(const std::string& problem) {
  return absl::InvalidArgumentError(
      problem +
      "\nusage: restricted_run [--deny=call[:use]:error]... "
      "[--unprivileged] -- program [argument]...");
}

absl::Status ReadOption(const std::string& option, CommandLine& out) {
  if (option == "--unprivileged") {
    out.unprivileged = true;
    return absl::OkStatus();
  }
  if (!option.starts_with(kDeny)) return BadUsage("no option: " + option);
  absl::StatusOr<DeniedCall> denied = ParseDenial(option.substr(kDeny.size()));
  if (!denied.ok()) return denied.status();
  out.denied.push_back(*denied);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv) {
  CommandLine out;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--") {
      if (i + 1 == argc) break;
      out.program = argv + i + 1;
      return out;
    }
    absl::Status status = ReadOption(argv[i], out);
    if (!status.ok()) return status;
  }
  return BadUsage("no program");
}

}  // namespace ipc_channel_testing::internal
