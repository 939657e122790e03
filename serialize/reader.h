#ifndef IPC_CHANNEL_SERIALIZE_READER_H_
#define IPC_CHANNEL_SERIALIZE_READER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/get_value.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_failure.h"
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
                  const DecodeLimits& limits = {})
      : begin_(in.empty() ? &kNothing : in.data()),
        cursor_(begin_),
        end_(begin_ + in.size()),
        handles_(handles),
        budget_(BudgetFor(in.size(), limits)),
        depth_(limits.max_depth) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Reads any deserializable value into `value`, which is left valid but
  // unspecified on failure.
  template <class T>
  [[nodiscard]] bool Read(T& value) {
    return Advance(internal::ReadValue(*this, cursor_, value));
  }

  // Reads the number of elements that follow, and fails if that many elements
  // of type T cannot be present or may not be allocated at `kSlotSize` bytes
  // each. Only after this may memory for them be allocated.
  template <class T, std::size_t kSlotSize = internal::kObjectSize<T>>
  [[nodiscard]] bool ReadCount(std::uint32_t& count) {
    return Advance(
        ReadCountAt(cursor_, count, internal::kLayout<T>.min_size, kSlotSize));
  }

  // Copies the next `size` bytes to `data`.
  [[nodiscard]] bool ReadBytes(void* data, std::size_t size) {
    if (size == 0) return ok();
    if (size > remaining()) [[unlikely]] {
      return Advance(FailForEnd(cursor_));
    }
    return Advance(internal::GetBytes(cursor_, data, size));
  }

  // Reads an index and moves the handle it stands for into `*out`.
  [[nodiscard]] bool ClaimHandle(HandleKind kind, void* out);

  // Takes `size` bytes from the budget of the message; to be called before
  // allocating them.
  [[nodiscard]] bool Charge(std::size_t size) {
    if (size > budget_) [[unlikely]] {
      return Fail(kTooMuchMemory);
    }
    budget_ -= size;
    return true;
  }

  // Opens a level of nesting, to be closed with Leave() when it succeeded.
  [[nodiscard]] bool Enter() {
    if (depth_ == 0) [[unlikely]] {
      return Fail("nested too deeply");
    }
    --depth_;
    return true;
  }
  void Leave() { ++depth_; }

  // Fails and returns false. `reason` is kept by reference and must be a
  // literal.
  bool Fail(std::string_view reason) {
    SetFailure(reason);
    return false;
  }

  // Adds a step to the path of the field that failed; inner steps come first.
  // Without a failure it is one, for a reason unsaid. Returns false.
  bool FailedInField(std::size_t index) {
    SetUnsaid();
    failure_.InField(index);
    return false;
  }
  bool FailedInElement(std::size_t index) {
    SetUnsaid();
    failure_.InElement(index);
    return false;
  }
  bool FailedInAlternative(std::size_t index) {
    SetUnsaid();
    failure_.InAlternative(index);
    return false;
  }

  bool ok() const { return !failure_.happened(); }

  // Bytes not read yet; 0 after a failure.
  std::size_t remaining() const { return Left(cursor_); }

  // OK, or DATA_LOSS with the first failure, its byte offset and field path.
  absl::Status status() const { return failure_.status(begin_); }

 private:
  friend struct internal::ReadAccess;

  static constexpr std::string_view kTooMuchMemory =
      "more memory than the message may take";
  // Stands for the place in an empty message, since null is a failure.
  static constexpr std::byte kNothing{};

  static std::size_t BudgetFor(std::size_t input_size,
                               const DecodeLimits& limits) {
    const std::size_t factor = limits.max_allocated_per_input_byte;
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    constexpr int kHalf = std::numeric_limits<std::size_t>::digits / 2;
    std::size_t by_input = factor * input_size;
    // Not divided, which takes longer, where the product cannot overflow.
    if (((factor | input_size) >> kHalf) != 0 && factor != 0 &&
        input_size > kMost / factor) [[unlikely]] {
      by_input = kMost;
    }
    return std::max(limits.max_allocated_bytes, by_input);
  }

  // Whether `count` times `each` is more than `room`.
  static bool Exceeds(std::uint32_t count, std::size_t each, std::size_t room) {
    if (each > std::numeric_limits<std::uint32_t>::max()) {
      return count != 0 && each > room / count;
    }
    return std::uint64_t{count} * each > room;
  }

  // What internal/read_value.h builds upon: it passes the place along by value,
  // so that the compiler need not keep it in memory, and null for a failure.

  std::size_t Left(const std::byte* at) const {
    return static_cast<std::size_t>(end_ - at);
  }

  bool Advance(const std::byte* to) {
    if (to == nullptr) [[unlikely]] {
      return false;
    }
    cursor_ = to;
    return true;
  }

  const std::byte* ReadCountAt(const std::byte* at, std::uint32_t& count,
                               std::size_t min_size, std::size_t slot_size) {
    if (Left(at) < sizeof(count)) [[unlikely]] {
      return FailForEnd(at);
    }
    at = internal::GetScalar(at, count);
    if (Exceeds(count, min_size, Left(at))) [[unlikely]] {
      return FailAt(at, "a length greater than what is left of the message");
    }
    if (Exceeds(count, slot_size, budget_)) [[unlikely]] {
      return FailAt(at, kTooMuchMemory);
    }
    budget_ -= count * slot_size;
    return at;
  }

  // That these give null is for the compiler to see.
  const std::byte* FailAt(const std::byte* at, std::string_view reason) {
    cursor_ = at;
    Fail(reason);
    return nullptr;
  }
  const std::byte* FailForEnd(const std::byte* at) {
    return FailAt(at, "the message ends too early");
  }

  void SetFailure(std::string_view reason);

  // Fails unless that has happened.
  void SetUnsaid();

  // Leaves nothing to read once `failure_` happened.
  void Close();

  const std::byte* const begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  HandleSource* const handles_;
  std::size_t budget_;
  std::size_t depth_;

  internal::ReadFailure failure_;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_READER_H_
