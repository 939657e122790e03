#include "ipc_channel/serialize/reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::serialize {
namespace {

// Longer paths lose their outer end; only a type that contains itself has them.
constexpr std::size_t kMaxSteps = 256;

std::size_t BudgetFor(std::size_t input_size, const DecodeLimits& limits) {
  const std::size_t factor = limits.max_allocated_per_input_byte;
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  const std::size_t by_input =
      factor != 0 && input_size > kMost / factor ? kMost : factor * input_size;
  return std::max(limits.max_allocated_bytes, by_input);
}

}  // namespace

Reader::Reader(std::span<const std::byte> in, HandleSource* handles,
               const DecodeLimits& limits)
    : begin_(in.data()),
      cursor_(in.data()),
      end_(in.data() + in.size()),
      handles_(handles),
      budget_(BudgetFor(in.size(), limits)),
      depth_(limits.max_depth) {}

bool Reader::ClaimHandle(HandleKind kind, void* out) {
  std::uint32_t index;
  if (!Read(index)) return false;
  if (handles_ == nullptr) return Fail("a handle where none can be received");
  if (!handles_->Claim(kind, index, out)) {
    return Fail("no such handle came with the message");
  }
  return true;
}

bool Reader::Fail(std::string_view reason) {
  if (failed_) return false;
  failed_ = true;
  failed_at_ = static_cast<std::size_t>(cursor_ - begin_);
  reason_ = reason;
  end_ = cursor_;
  return false;
}

bool Reader::AddStep(const char* before, std::size_t index, const char* after) {
  if (steps_.size() < kMaxSteps) steps_.push_back({before, index, after});
  return false;
}

absl::Status Reader::status() const {
  if (!failed_) return absl::OkStatus();
  std::string path;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    absl::StrAppend(&path, step->before, step->index, step->after);
  }
  return absl::DataLossError(absl::StrCat(
      "malformed message at byte ", failed_at_, path.empty() ? "" : ", field ",
      path, ": ", absl::string_view(reason_.data(), reason_.size())));
}

}  // namespace ipc_channel::serialize
