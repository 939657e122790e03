#ifndef IPC_CHANNEL_SERIALIZE_READER_H_
#define IPC_CHANNEL_SERIALIZE_READER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_value.h"

// Decoding bytes that nobody vouches for, and what SerializeTraits<T>::Read()
// may call.

namespace ipc_channel::serialize {

// What one message may cost its reader. Beyond: DATA_LOSS.
struct DecodeLimits {
  // Bytes that all containers, strings and pointers of the message may allocate
  // together: the greater of a fixed amount and a multiple of the message's
  // size. The memory in which the message itself lies is not counted.
  std::size_t max_allocated_bytes = std::size_t{64} << 20;
  std::size_t max_allocated_per_input_byte = 16;

  // How many containers, optionals, variants and pointers may be open around a
  // value. Types that do not contain themselves rarely come near it.
  std::size_t max_depth = 64;
};

// Reads from a span, each byte once. The first failure is kept; after it every
// read that needs a byte fails too. Thread-compatible.
class Reader {
 public:
  // Borrows both; `handles` may be null, and then a value with a handle fails.
  explicit Reader(std::span<const std::byte> in,
                  HandleSource* handles = nullptr,
                  const DecodeLimits& limits = {});
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Reads any deserializable value into `value`, which is left valid but
  // unspecified on failure.
  template <class T>
  [[nodiscard]] bool Read(T& value) {
    return internal::ReadValue<true>(*this, value);
  }

  // Reads the number of elements that follow, and fails if that many elements
  // of type T cannot be present or may not be allocated at `kSlotSize` bytes
  // each. Only after this may memory for them be allocated.
  template <class T, std::size_t kSlotSize = internal::kObjectSize<T>>
  [[nodiscard]] bool ReadCount(std::uint32_t& count) {
    constexpr std::size_t kMinSize = internal::kLayout<T>.min_size;
    if (!Read(count)) return false;
    if constexpr (kMinSize != 0) {
      if (count > remaining() / kMinSize) {
        return Fail("a length greater than what is left of the message");
      }
    }
    if constexpr (kSlotSize != 0) {
      if (count > budget_ / kSlotSize) return FailForMemory();
      budget_ -= count * kSlotSize;
    }
    return true;
  }

  // Copies the next `size` bytes to `data`.
  [[nodiscard]] bool ReadBytes(void* data, std::size_t size) {
    if (size == 0) return ok();
    const std::byte* const from = Take(size);
    if (from == nullptr) return false;
    std::memcpy(data, from, size);
    return true;
  }

  // Reads an index and moves the handle it stands for into `*out`.
  [[nodiscard]] bool ClaimHandle(HandleKind kind, void* out);

  // Takes `size` bytes from the budget of the message; to be called before
  // allocating them.
  [[nodiscard]] bool Charge(std::size_t size) {
    if (size > budget_) return FailForMemory();
    budget_ -= size;
    return true;
  }

  // Opens a level of nesting, to be closed with Leave() when it succeeded.
  [[nodiscard]] bool Enter() {
    if (depth_ == 0) return Fail("nested too deeply");
    --depth_;
    return true;
  }
  void Leave() { ++depth_; }

  // Fails and returns false. `reason` is kept by reference and must be a
  // literal.
  bool Fail(std::string_view reason);

  // Adds a step to the path of the field that failed; inner steps come first.
  // Returns false.
  bool FailedInField(std::size_t index) { return AddStep(".", index, ""); }
  bool FailedInElement(std::size_t index) { return AddStep("[", index, "]"); }
  bool FailedInAlternative(std::size_t index) {
    return AddStep("<", index, ">");
  }

  bool ok() const { return !failed_; }

  // Bytes not read yet; 0 after a failure.
  std::size_t remaining() const {
    return static_cast<std::size_t>(end_ - cursor_);
  }

  // OK, or DATA_LOSS with the first failure, its byte offset and field path.
  absl::Status status() const;

 private:
  friend struct internal::ReadAccess;

  struct Step {
    const char* before;
    std::size_t index;
    const char* after;
  };

  bool FailForMemory() { return Fail("more memory than the message may take"); }

  // The next `size` bytes, or null.
  const std::byte* Take(std::size_t size) {
    if (remaining() < size) {
      Fail("the message ends too early");
      return nullptr;
    }
    return TakeUnchecked(size);
  }
  const std::byte* TakeUnchecked(std::size_t size) {
    const std::byte* const taken = cursor_;
    cursor_ += size;
    return taken;
  }

  bool AddStep(const char* before, std::size_t index, const char* after);

  const std::byte* const begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  HandleSource* const handles_;
  std::size_t budget_;
  std::size_t depth_;

  bool failed_ = false;
  std::size_t failed_at_ = 0;
  std::string_view reason_;
  std::vector<Step> steps_;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_READER_H_
