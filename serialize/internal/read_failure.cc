#include "ipc_channel/serialize/internal/read_failure.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::serialize::internal {
namespace {

struct Brackets {
  const char* before;
  const char* after;
};

// In the order of the kinds of steps.
constexpr Brackets kBrackets[] = {{".", ""}, {"[", "]"}, {"<", ">"}};

}  // namespace

void ReadFailure::Set(const std::byte* at, std::string_view reason) {
  if (happened_) return;
  happened_ = true;
  step_count_ = 0;
  at_ = at;
  reason_ = reason.data();
  reason_size_ = reason.size();
}

void ReadFailure::InField(std::size_t index) { AddStep(0, index); }

void ReadFailure::InElement(std::size_t index) { AddStep(1, index); }

void ReadFailure::InAlternative(std::size_t index) { AddStep(2, index); }

void ReadFailure::AddStep(std::uint64_t kind, std::size_t index) {
  if (happened_ && step_count_ < kMaxSteps) {
    steps_[step_count_++] = std::uint64_t{index} << 2 | kind;
  }
}

absl::Status ReadFailure::status(const std::byte* begin) const {
  if (!happened_) return absl::OkStatus();
  std::string path;
  for (std::size_t i = step_count_; i > 0; --i) {
    const Brackets& brackets = kBrackets[steps_[i - 1] & 3];
    absl::StrAppend(&path, brackets.before, steps_[i - 1] >> 2, brackets.after);
  }
  return absl::DataLossError(absl::StrCat(
      "malformed message at byte ", at_ - begin, path.empty() ? "" : ", field ",
      path, ": ", absl::string_view(reason_, reason_size_)));
}

}  // namespace ipc_channel::serialize::internal
