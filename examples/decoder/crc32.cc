#include "ipc_channel/examples/decoder/crc32.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace decoder {
namespace {

constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table = {};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    table[i] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

}  // namespace

std::uint32_t Crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte byte : bytes) {
    crc =
        (crc >> 8) ^ kTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 255];
  }
  return ~crc;
}

}  // namespace decoder
