#include "ipc_channel/examples/decoder/decoder_main.h"

#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/command_line.h"
#include "ipc_channel/examples/decoder/crc32.h"
#include "ipc_channel/examples/decoder/decode_in_worker.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/open_file.h"
#include "ipc_channel/examples/decoder/pam_file.h"
#include "ipc_channel/examples/decoder/worker.h"
#include "ipc_channel/examples/sandbox/sandbox.h"

namespace decoder {
namespace {

absl::StatusOr<Image> DecodeFile(const std::string& path,
                                 const CommandLine& line) {
  auto file = OpenFile(path);
  if (!file.ok()) return file.status();
  return DecodeInWorker(*std::move(file), {.program = "/proc/self/exe",
                                           .arguments = {"--worker"},
                                           .time = line.time});
}

// What there is to say of an image once it has been written, if it is to be.
absl::StatusOr<std::string> Report(const std::string& path,
                                   const CommandLine& line) {
  const auto image = DecodeFile(path, line);
  if (!image.ok()) return image.status();
  if (!line.out_dir.empty()) {
    const auto name = std::filesystem::path(path).filename();
    const std::filesystem::path out_dir(line.out_dir);
    absl::Status written =
        WritePamFile(*image, (out_dir / name).string() + ".pam");
    if (!written.ok()) return written;
  }
  return absl::StrFormat("%ux%u, crc32 %08x", image->width, image->height,
                         Crc32(image->pixels.bytes()));
}

// A file's name must not speak to the terminal.
void Print(const std::string& path, const std::string& what) {
  std::printf("%s: %s\n", absl::Utf8SafeCHexEscape(path).c_str(), what.c_str());
  std::fflush(stdout);
}

int DecodeAll(const CommandLine& line) {
  int code = 0;
  for (const std::string& path : line.files) {
    const auto report = Report(path, line);
    Print(path, report.ok() ? *report : std::string(report.status().message()));
    if (!report.ok()) code = 1;
  }
  return code;
}

}  // namespace

int DecoderMain(int argc, char** argv, const sandbox::Policy& policy) {
  const auto line = ParseCommandLine(std::span<const char* const>(
      argv + 1, static_cast<std::size_t>(argc - 1)));
  if (!line.ok()) {
    std::fprintf(stderr, "decoder: %s\n%s",
                 std::string(line.status().message()).c_str(),
                 std::string(kUsage).c_str());
    return 2;
  }
  if (line->worker) _exit(RunWorker(policy));
  if (line->help) {
    std::printf("%s", std::string(kUsage).c_str());
    return 0;
  }
  return DecodeAll(*line);
}

}  // namespace decoder
