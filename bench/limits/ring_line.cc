#include "ipc_channel/bench/limits/ring_line.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {

RingLine::RingLine() : pages_(2 * (sizeof(Positions) + kCapacity)) {
  in_ = NewRing(0);
  out_ = NewRing(sizeof(Positions) + kCapacity);
}

RingLine::Ring RingLine::NewRing(std::size_t offset) const {
  std::byte* const start = pages_.bytes().data() + offset;
  return {.positions = std::construct_at(reinterpret_cast<Positions*>(start)),
          .bytes = start + sizeof(Positions)};
}

void RingLine::Choose(Side side) {
  if (side == Side::kChild) std::swap(in_, out_);
}

void RingLine::Send(std::span<const std::byte> bytes) {
  std::uint64_t at = out_.positions->written.load(std::memory_order_relaxed);
  while (!bytes.empty()) {
    std::size_t room;
    while ((room = kCapacity - (at - out_.positions->read.load(
                                         std::memory_order_acquire))) == 0) {
    }
    const std::size_t start = at % kCapacity;
    const std::size_t count = std::min({room, bytes.size(), kCapacity - start});
    std::memcpy(out_.bytes + start, bytes.data(), count);
    bytes = bytes.subspan(count);
    at += count;
    out_.positions->written.store(at, std::memory_order_release);
  }
}

bool RingLine::Receive(std::span<std::byte> buffer) {
  std::uint64_t at = in_.positions->read.load(std::memory_order_relaxed);
  while (!buffer.empty()) {
    std::size_t there;
    while ((there = in_.positions->written.load(std::memory_order_acquire) -
                    at) == 0) {
      if (in_.positions->is_closed.load(std::memory_order_acquire)) {
        return false;
      }
    }
    const std::size_t start = at % kCapacity;
    const std::size_t count =
        std::min({there, buffer.size(), kCapacity - start});
    std::memcpy(buffer.data(), in_.bytes + start, count);
    buffer = buffer.subspan(count);
    at += count;
    in_.positions->read.store(at, std::memory_order_release);
  }
  return true;
}

void RingLine::Close() {
  out_.positions->is_closed.store(true, std::memory_order_release);
}

}  // namespace ipc_channel_bench
