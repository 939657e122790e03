#include "ipc_channel/examples/decoder/png_image.h"

#include <png.h>

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/decoder/image.h"

namespace decoder {
namespace {

// libpng's simple interface, which does not longjmp() over C++.
class PngFile {
 public:
  PngFile() { image_.version = PNG_IMAGE_VERSION; }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;
  ~PngFile() { ::png_image_free(&image_); }

  // The bytes are used until the image has been read.
  bool Begin(std::span<const std::byte> file) {
    const bool begun = ::png_image_begin_read_from_memory(&image_, file.data(),
                                                          file.size()) != 0;
    image_.format = PNG_FORMAT_RGBA;
    return begun;
  }

  // `pixels` are as many bytes as the dimensions ask for.
  bool Read(std::span<std::byte> pixels) {
    return ::png_image_finish_read(&image_, nullptr, pixels.data(), 0,
                                   nullptr) != 0;
  }

  png_uint_32 width() const { return image_.width; }
  png_uint_32 height() const { return image_.height; }
  absl::Status error() const {
    return absl::InvalidArgumentError(image_.message);
  }

 private:
  png_image image_ = {};
};

}  // namespace

absl::StatusOr<Image> DecodePng(std::span<const std::byte> file) {
  if (file.empty()) return absl::InvalidArgumentError("the file is empty");
  PngFile png;
  if (!png.Begin(file)) return png.error();
  if (!AreGoodDimensions(png.width(), png.height())) {
    return absl::OutOfRangeError("the image is too large");
  }
  bool is_whole = false;
  auto pixels = ipc_channel::SharedMemory::Create(
      PixelBytes(png.width(), png.height()),
      [&](std::span<std::byte> bytes) { is_whole = png.Read(bytes); });
  if (!pixels.ok()) return pixels.status();
  if (!is_whole) return png.error();
  return Image{png.width(), png.height(), *std::move(pixels)};
}

}  // namespace decoder
