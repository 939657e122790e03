#include "ipc_channel/examples/sandbox/sanitizer_calls.h"

#include <optional>
#include <utility>
#include <vector>

#include "ipc_channel/examples/sandbox/sandbox.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
#else
constexpr bool kIsSanitized = false;
#endif

}  // namespace

std::vector<AllowedCall> SanitizerCalls() {
  if (!kIsSanitized) return {};
  // UBSan tries with a pipe whether it may read, and both mark their memory and
  // their threads' stacks.
  return {{"pipe2"},
          {"pipe"},
          {"read"},
          {"write"},
          {"madvise"},
          {"sched_yield"},
          {"sched_getaffinity"},
          {"sigaltstack"}};
}

Policy ForSanitizers(Policy policy) {
  for (const AllowedCall& call : SanitizerCalls()) policy.calls.push_back(call);
  if (kIsSanitized) policy.limits.address_space_bytes = std::nullopt;
  return policy;
}

}  // namespace sandbox
