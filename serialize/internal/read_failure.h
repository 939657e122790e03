#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_READ_FAILURE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_READ_FAILURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace ipc_channel::serialize::internal {

// The reason where a type's own code gives none.
inline constexpr std::string_view kRefusedByType =
    "the code that reads a type refused it";

// The first thing that is wrong with the bytes of a message, and where. What
// makes one is a store, since every message has one; everything else is away
// from the code that finds nothing wrong. Allocates nothing. Thread-compatible.
class ReadFailure {
 public:
  ReadFailure() {}  // NOLINT: the rest is filled when there is a failure.
  ReadFailure(const ReadFailure&) = delete;
  ReadFailure& operator=(const ReadFailure&) = delete;

  bool happened() const { return happened_; }

  // Keeps only the first. `at` is the place in the message, `reason` is kept by
  // reference and must be a literal.
  void Set(const std::byte* at, std::string_view reason);

  // Adds a step to the path of the field that failed; inner steps come first.
  // Long paths lose their outer end: only a type that contains itself has them.
  void InField(std::size_t index);
  void InElement(std::size_t index);
  void InAlternative(std::size_t index);

  // The place of the failure, if there is one.
  const std::byte* at() const { return at_; }

  // OK, or DATA_LOSS. `begin` is where the message begins.
  absl::Status status(const std::byte* begin) const;

 private:
  static constexpr std::size_t kMaxSteps = 256;

  void AddStep(std::uint64_t kind, std::size_t index);

  bool happened_ = false;
  std::uint16_t step_count_;
  const std::byte* at_;
  const char* reason_;
  std::size_t reason_size_;
  // Four times the index, and the kind.
  std::array<std::uint64_t, kMaxSteps> steps_;
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_READ_FAILURE_H_
