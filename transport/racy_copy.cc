#include "ipc_channel/transport/racy_copy.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::transport {
namespace {

// Several bytes at a time: what is lock-free and loads without writing, which
// memory mapped for reading needs.
using Word = std::uint64_t;
static_assert(std::atomic_ref<Word>::is_always_lock_free);
static_assert(std::atomic_ref<std::byte>::is_always_lock_free);

bool IsWordAligned(const std::byte* address) {
  return reinterpret_cast<std::uintptr_t>(address) %
             std::atomic_ref<Word>::required_alignment ==
         0;
}

template <class T>
void LoadOne(const std::byte* shared, std::byte* own) {
  // A reference to const is for later standards; load() does not write.
  T& place = *reinterpret_cast<T*>(const_cast<std::byte*>(shared));
  const T value = std::atomic_ref<T>(place).load(std::memory_order_relaxed);
  std::memcpy(own, &value, sizeof(T));
}

template <class T>
void StoreOne(std::byte* shared, const std::byte* own) {
  T value;
  std::memcpy(&value, own, sizeof(T));
  T& place = *reinterpret_cast<T*>(shared);
  std::atomic_ref<T>(place).store(value, std::memory_order_relaxed);
}

// Calls `word(i)` or `byte(i)` so that every i below `size` is covered once,
// and words are aligned.
template <class WordStep, class ByteStep>
void ForEachStep(const std::byte* shared, std::size_t size, WordStep word,
                 ByteStep byte) {
  std::size_t i = 0;
  while (i < size && !IsWordAligned(shared + i)) byte(i++);
  for (; size - i >= sizeof(Word); i += sizeof(Word)) word(i);
  while (i < size) byte(i++);
}

absl::Status CheckRange(std::size_t shared, std::size_t offset,
                        std::size_t size) {
  if (offset <= shared && size <= shared - offset) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(size, " bytes at ", offset, " are not all within memory of ",
                   shared, " bytes"));
}

}  // namespace

absl::Status RacyCopyOut(std::span<const std::byte> shared, std::size_t offset,
                         std::span<std::byte> out) {
  absl::Status range = CheckRange(shared.size(), offset, out.size());
  if (!range.ok()) return range;
  const std::byte* from = shared.data() + offset;
  ForEachStep(
      from, out.size(),
      [&](std::size_t i) { LoadOne<Word>(from + i, &out[i]); },
      [&](std::size_t i) { LoadOne<std::byte>(from + i, &out[i]); });
  return absl::OkStatus();
}

absl::Status RacyCopyIn(std::span<std::byte> shared, std::size_t offset,
                        std::span<const std::byte> bytes) {
  absl::Status range = CheckRange(shared.size(), offset, bytes.size());
  if (!range.ok()) return range;
  std::byte* to = shared.data() + offset;
  ForEachStep(
      to, bytes.size(),
      [&](std::size_t i) { StoreOne<Word>(to + i, &bytes[i]); },
      [&](std::size_t i) { StoreOne<std::byte>(to + i, &bytes[i]); });
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport
