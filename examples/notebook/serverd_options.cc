#include "ipc_channel/examples/notebook/serverd_options.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/notebook/default_name.h"

namespace notebook {
namespace {

// Each client costs some ten descriptors, of which a process often has 1024.
constexpr std::size_t kMostClients = 1000;
constexpr std::size_t kMostValueBytes = std::size_t{64} << 10;

absl::Status ParseSize(const std::string& flag, const std::string& text,
                       std::size_t most, std::size_t& size) {
  if (absl::SimpleAtoi(text, &size) && 1 <= size && size <= most) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      flag, " takes a number from 1 to ", most, ", not '", text, "'"));
}

absl::Status ParseFlag(const std::string& argument, ServerdOptions& options) {
  const std::size_t equals = argument.find('=');
  const std::string flag = argument.substr(0, equals);
  const std::string value =
      equals == std::string::npos ? "" : argument.substr(equals + 1);
  if (argument == "--help") {
    options.help = true;
  } else if (argument == "--abstract") {
    options.name = DefaultAbstractName();
  } else if (flag == "--name") {
    options.name = value;
  } else if (flag == "--max-clients") {
    return ParseSize(flag, value, kMostClients, options.limits.clients);
  } else if (flag == "--max-value-bytes") {
    return ParseSize(flag, value, kMostValueBytes, options.limits.value_bytes);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("'", argument, "' is not understood"));
  }
  return absl::OkStatus();
}

}  // namespace

const std::string_view kServerdUsage =
    R"(usage: serverd [--name=NAME | --abstract] [--max-clients=N]
               [--max-value-bytes=N]

Keeps a notebook, in memory, for all processes of this user that call
`notebook`. Ends at SIGTERM and SIGINT.

  --name=NAME          where clients find it: unix-path:/PATH of a socket in a
                       folder of yours, or unix-abstract:TEXT. Default:
                       unix-path:$XDG_RUNTIME_DIR/notebook, or without that
                       variable a socket in a folder of its own in /tmp
  --abstract           unix-abstract:notebook-UID: no file, but any user can
                       take it first
  --max-clients=N      connections at once; default: 64
  --max-value-bytes=N  of one value; default: 16384
  --help               print this

Exit code: 0; 1 if it cannot serve, for one because another has the name; 2 if
the command line is not understood.
)";

absl::StatusOr<ServerdOptions> ParseServerdOptions(
    std::span<const char* const> arguments) {
  ServerdOptions options;
  options.name = DefaultName();
  for (const char* const argument : arguments) {
    absl::Status parsed = ParseFlag(argument, options);
    if (!parsed.ok()) return parsed;
  }
  return options;
}

}  // namespace notebook
