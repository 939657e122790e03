// The client of serverd: one request a run.

#include <cstddef>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "ipc_channel/examples/notebook/command.h"
#include "ipc_channel/examples/notebook/exit_code.h"
#include "ipc_channel/examples/notebook/notebook_options.h"
#include "ipc_channel/examples/notebook/stop_signals.h"

namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "notebook: %s\n", std::string(status.message()).c_str());
  return notebook::ExitCodeOf(status);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = notebook::ParseNotebookOptions(
      {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  if (!options.ok()) return Fail(options.status());
  if (options->help) {
    std::fputs(notebook::kNotebookUsage.data(), stdout);
    return 0;
  }
  const notebook::StopOnSignals stop;
  const absl::Status ended = notebook::RunCommand(*options, stop.token());
  if (!ended.ok()) return Fail(ended);
  if (std::fflush(stdout) != 0) {
    return Fail(absl::InternalError("cannot write the output"));
  }
  return 0;
}
