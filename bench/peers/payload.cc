#include "ipc_channel/bench/peers/payload.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "ipc_channel/bench/check.h"

namespace ipc_channel_bench {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t WordAt(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t word;
  std::memcpy(&word, bytes.data() + at, kWord);
  return word;
}

std::size_t BytesInWords(std::size_t size) { return size - size % kWord; }

}  // namespace

void WritePayload(std::span<std::byte> bytes, std::uint64_t value) {
  const std::size_t end = BytesInWords(bytes.size());
  for (std::size_t at = 0; at < end; at += kWord) {
    std::memcpy(bytes.data() + at, &value, kWord);
  }
  std::memcpy(bytes.data() + end, &value, bytes.size() - end);
}

std::uint64_t ReadPayload(std::span<const std::byte> bytes, std::size_t size) {
  if (bytes.size() != size || size < kWord) Stop("a message of another size");
  const std::uint64_t value = WordAt(bytes, 0);
  const std::size_t end = BytesInWords(size);
  std::uint64_t difference = 0;
  for (std::size_t at = 0; at < end; at += kWord) {
    difference |= WordAt(bytes, at) ^ value;
  }
  if (difference != 0 ||
      std::memcmp(bytes.data() + end, &value, size - end) != 0) {
    Stop("a message with other bytes");
  }
  return value;
}

void CheckPayload(std::span<const std::byte> bytes, std::size_t size,
                  std::uint64_t value) {
  if (ReadPayload(bytes, size) != value) Stop("another message");
}

}  // namespace ipc_channel_bench
