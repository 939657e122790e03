#ifndef IPC_CHANNEL_EXAMPLES_DECODER_IMAGE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_IMAGE_H_

#include <cstddef>
#include <cstdint>

#include "ipc_channel/channel/shared_memory.h"

namespace decoder {

// Rows from the top, in each of them pixels from the left: red, green, blue and
// alpha, a byte each.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  ipc_channel::SharedMemory pixels;
};

inline constexpr std::size_t kBytesPerPixel = 4;

// Whether an image may have these dimensions: 1 to 32768 each, and 64 Mi pixels
// at most. So nothing that is computed of them overflows.
constexpr bool AreGoodDimensions(std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t kMaxSide = 32768;
  constexpr std::uint64_t kMaxPixels = std::uint64_t{64} << 20;
  return 0 < width && width <= kMaxSide && 0 < height && height <= kMaxSide &&
         std::uint64_t{width} * height <= kMaxPixels;
}

// What an image of good dimensions takes.
constexpr std::size_t PixelBytes(std::uint32_t width, std::uint32_t height) {
  return std::size_t{width} * height * kBytesPerPixel;
}

// The most that any does.
inline constexpr std::size_t kMaxPixelBytes = std::size_t{256} << 20;
static_assert(AreGoodDimensions(8192, 8192) && !AreGoodDimensions(8192, 8193) &&
              PixelBytes(8192, 8192) == kMaxPixelBytes);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_IMAGE_H_
