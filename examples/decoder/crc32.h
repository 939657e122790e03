#ifndef IPC_CHANNEL_EXAMPLES_DECODER_CRC32_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_CRC32_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace decoder {

// The checksum of gzip and PNG.
std::uint32_t Crc32(std::span<const std::byte> bytes);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_CRC32_H_
