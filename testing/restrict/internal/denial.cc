#include "ipc_channel/testing/restrict/internal/denial.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "ipc_channel/testing/restrict/internal/denial_table.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {
namespace {

const Deniable* FindDeniable(std::string_view call, std::string_view use) {
  for (const Deniable& deniable : Deniables()) {
    if (deniable.call == call && deniable.use == use) return &deniable;
  }
  return nullptr;
}

const NamedError* FindError(std::string_view name) {
  for (const NamedError& error : DenialErrors()) {
    if (error.name == name) return &error;
  }
  return nullptr;
}

absl::Status UnknownDenial(const std::string& text) {
  std::string message = "no denial: " + text + "\nwhat there is to deny:";
  for (const Deniable& deniable : Deniables()) {
    message.append(" ").append(deniable.call);
    if (!deniable.use.empty()) message.append(":").append(deniable.use);
  }
  message.append("\nwhat to deny it with:");
  for (const NamedError& error : DenialErrors()) {
    message.append(" ").append(error.name);
  }
  return absl::InvalidArgumentError(message);
}

}  // namespace

absl::StatusOr<DeniedCall> ParseDenial(const std::string& text) {
  const std::vector<std::string> words = absl::StrSplit(text, ':');
  const bool has_use = words.size() == 3 && !words[1].empty();
  if (words.size() != 2 && !has_use) return UnknownDenial(text);
  const Deniable* deniable = FindDeniable(words[0], has_use ? words[1] : "");
  const NamedError* error = FindError(words.back());
  if (deniable == nullptr || error == nullptr) return UnknownDenial(text);
  return DeniedCall{.number = deniable->number,
                    .tests = deniable->tests,
                    .error = error->number};
}

}  // namespace ipc_channel_testing::internal
