// A service for many clients: a notebook that all processes of a user share.

#include <cstddef>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "ipc_channel/examples/notebook/daemon.h"
#include "ipc_channel/examples/notebook/serverd_options.h"

namespace {

int Fail(const absl::Status& status, int code) {
  std::fprintf(stderr, "serverd: %s\n", std::string(status.message()).c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = notebook::ParseServerdOptions(
      {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  if (!options.ok()) return Fail(options.status(), 2);
  if (options->help) {
    std::fputs(notebook::kServerdUsage.data(), stdout);
    return 0;
  }
  auto daemon = notebook::Daemon::Create(options->name, options->limits);
  if (!daemon.ok()) return Fail(daemon.status(), 1);
  std::printf("serving at %s\n", (*daemon)->name().c_str());
  std::fflush(stdout);
  const absl::Status ended = (*daemon)->Run();
  return ended.ok() ? 0 : Fail(ended, 1);
}
