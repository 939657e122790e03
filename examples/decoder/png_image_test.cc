#include "ipc_channel/examples/decoder/png_image.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/decoder/crc32.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/open_file.h"
#include "ipc_channel/examples/decoder/read_file.h"
#include "ipc_channel/testing/status_matchers.h"

namespace decoder {
namespace {

using ::ipc_channel_testing::StatusIs;

using Bytes = std::vector<std::byte>;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

Bytes Read(const std::string& name) {
  const auto file = OpenFile("examples/decoder/testdata/" + name);
  EXPECT_TRUE(file.ok()) << file.status();
  const auto content = ReadFile(file->Borrow());
  EXPECT_TRUE(content.ok()) << content.status();
  return *content;
}

// Where the width stands in the file; its CRC follows the header.
constexpr std::size_t kWidthOffset = 16;
constexpr std::size_t kHeaderOffset = 12;
constexpr std::size_t kHeaderBytes = 17;

void Store(std::uint32_t value, std::byte* at) {
  for (int i = 0; i < 4; ++i) at[i] = std::byte(value >> (24 - 8 * i));
}

Bytes WithDimensions(Bytes file, std::uint32_t width, std::uint32_t height) {
  Store(width, &file[kWidthOffset]);
  Store(height, &file[kWidthOffset + 4]);
  Store(Crc32(std::span(file).subspan(kHeaderOffset, kHeaderBytes)),
        &file[kHeaderOffset + kHeaderBytes]);
  return file;
}

// The checksums are Python's, of pixels that it computed.
TEST(PngImageTest, GivesThePixels) {
  const auto image = DecodePng(Read("gradient.png"));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 5u);
  EXPECT_EQ(image->height, 3u);
  EXPECT_EQ(Crc32(image->pixels.bytes()), 0xa451ded7u);
}

TEST(PngImageTest, PalettesBecomeColours) {
  const auto image = DecodePng(Read("palette.png"));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 4u);
  EXPECT_EQ(image->height, 2u);
  EXPECT_EQ(Crc32(image->pixels.bytes()), 0xd08a7580u);
}

TEST(PngImageTest, FilesThatEndEarlyAreRefused) {
  const Bytes file = Read("gradient.png");
  // Nothing is missed in the last chunk, which is empty.
  constexpr std::size_t kLastChunk = 12;
  for (std::size_t size = 0; size + kLastChunk < file.size(); ++size) {
    EXPECT_THAT(DecodePng(std::span(file).first(size)), StatusIs(kInvalid))
        << size;
  }
}

TEST(PngImageTest, WhatIsNoPngIsRefused) {
  EXPECT_THAT(DecodePng(Bytes(1000)), StatusIs(kInvalid));
}

TEST(PngImageTest, ImagesThatAreTooLargeAreRefusedUndecoded) {
  const Bytes file = Read("gradient.png");
  EXPECT_THAT(DecodePng(WithDimensions(file, 32769, 1)),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(DecodePng(WithDimensions(file, 16384, 4097)),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(PngImageTest, PixelsThatAreMissingAreAnError) {
  EXPECT_THAT(DecodePng(WithDimensions(Read("gradient.png"), 5, 300)),
              StatusIs(kInvalid));
}

TEST(PngImageTest, AnyByteMayBeAnother) {
  const Bytes file = Read("gradient.png");
  for (std::size_t i = 0; i < file.size(); ++i) {
    Bytes changed = file;
    changed[i] ^= std::byte{0x40};
    // Or decoded: not every byte is looked at.
    const auto image = DecodePng(changed);
    if (image.ok()) {
      EXPECT_EQ(image->pixels.size(), PixelBytes(image->width, image->height));
    }
  }
}

}  // namespace
}  // namespace decoder
