#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {
namespace {

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

// The library gives negative error numbers; a rule may come twice.
absl::Status StatusOf(int result, const char* what) {
  if (result == 0 || result == -EEXIST) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(-result)));
}

// Younger than libseccomp 2.5.4, with one number on every architecture.
constexpr std::string_view kCachestat = "cachestat";
constexpr int kCachestatNumber = 451;

int NumberOf(const char* name) {
  return name == kCachestat ? kCachestatNumber
                            : ::seccomp_syscall_resolve_name(name);
}

scmp_arg_cmp Comparison(const ArgumentIs& is) {
  return {.arg = is.index,
          .op = SCMP_CMP_MASKED_EQ,
          .datum_a = is.mask,
          .datum_b = is.value};
}

absl::Status Allow(const AllowedCall& call, const Filter& filter) {
  const int number = NumberOf(call.name);
  if (number == __NR_SCMP_ERROR) {
    return absl::InvalidArgumentError(
        absl::StrCat("no system call is named ", call.name));
  }
  if (number < 0) return absl::OkStatus();  // another architecture has it
  std::vector<scmp_arg_cmp> wanted;
  for (const auto& argument : {call.argument, call.other_argument}) {
    if (argument.has_value()) wanted.push_back(Comparison(*argument));
  }
  const std::uint32_t action =
      call.fails ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
  return StatusOf(::seccomp_rule_add_array(filter.get(), action, number,
                                           static_cast<unsigned>(wanted.size()),
                                           wanted.data()),
                  call.name);
}

absl::Status SetUp(const Filter& filter, std::uint32_t forbidden) {
  // Of another ABI nothing is wanted, and a search is quicker than a list.
  absl::Status set = StatusOf(
      ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, forbidden),
      "SCMP_FLTATR_ACT_BADARCH");
  set.Update(
      StatusOf(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2),
               "SCMP_FLTATR_CTL_OPTIMIZE"));
  return set;
}

}  // namespace

absl::Status AllowOnly(std::span<const AllowedCall> calls,
                       Forbidden forbidden) {
  const std::uint32_t action = forbidden == Forbidden::kKills
                                   ? SCMP_ACT_KILL_PROCESS
                                   : SCMP_ACT_ERRNO(EPERM);
  const Filter filter(::seccomp_init(action));
  if (filter == nullptr) return absl::InternalError("seccomp_init");
  absl::Status status = SetUp(filter, action);
  for (const AllowedCall& call : calls) status.Update(Allow(call, filter));
  if (!status.ok()) return status;
  return StatusOf(::seccomp_load(filter.get()), "seccomp_load");
}

}  // namespace sandbox
