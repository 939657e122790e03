#include "ipc_channel/examples/decoder/pam_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/decoder/image.h"

namespace decoder {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string Header(const Image& image) {
  return absl::StrCat("P7\nWIDTH ", image.width, "\nHEIGHT ", image.height,
                      "\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n");
}

absl::Status Failure(const std::string& path) {
  return absl::InternalError(absl::StrCat(path, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status WritePamFile(const Image& image, const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) return Failure(path);
  const std::string header = Header(image);
  const auto pixels = image.pixels.bytes();
  std::fwrite(header.data(), 1, header.size(), file.get());
  std::fwrite(pixels.data(), 1, pixels.size(), file.get());
  if (std::fflush(file.get()) != 0 || std::ferror(file.get()) != 0) {
    return Failure(path);
  }
  return absl::OkStatus();
}

}  // namespace decoder
