#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"
#include "ipc_channel/testing/restrict/internal/seccomp_filter.h"

namespace ipc_channel_testing::internal {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kThisArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kThisArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "add this architecture's AUDIT_ARCH_..."
#endif

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter LoadNumber() { return Load(offsetof(seccomp_data, nr)); }

// The lower half: both architectures are little-endian.
sock_filter LoadArgument(int index) {
  return Load(offsetof(seccomp_data, args) +
              static_cast<std::size_t>(index) * sizeof(std::uint64_t));
}

sock_filter And(std::uint32_t mask) {
  return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask);
}

// Goes on with the next instruction if the accumulator is `value`, or skips.
sock_filter SkipUnless(std::uint32_t value, std::size_t skipped) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0,
                  static_cast<std::uint8_t>(skipped));
}

sock_filter Return(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// Ends the filter if the call is `denied`, and falls off its end if not.
std::vector<sock_filter> Deny(const DeniedCall& denied) {
  constexpr std::size_t kPerTest = 3;
  std::size_t left = kPerTest * denied.tests.size() + 1;
  std::vector<sock_filter> code = {
      LoadNumber(),
      SkipUnless(static_cast<std::uint32_t>(denied.number), left)};
  for (const ArgumentTest& test : denied.tests) {
    left -= kPerTest;
    code.push_back(LoadArgument(test.index));
    code.push_back(And(test.mask));
    code.push_back(SkipUnless(test.value, left));
  }
  code.push_back(
      Return(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(denied.error)));
  return code;
}

}  // namespace

std::vector<sock_filter> SeccompFilter(std::span<const DeniedCall> calls) {
  std::vector<sock_filter> filter = {
      Load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kThisArchitecture, 1, 0),
      Return(SECCOMP_RET_ALLOW)};
  for (const DeniedCall& denied : calls) {
    const std::vector<sock_filter> code = Deny(denied);
    filter.insert(filter.end(), code.begin(), code.end());
  }
  filter.push_back(Return(SECCOMP_RET_ALLOW));
  return filter;
}

absl::Status InstallSeccompFilter(std::span<const DeniedCall> calls) {
  std::vector<sock_filter> filter = SeccompFilter(calls);
  sock_fprog program = {.len = static_cast<unsigned short>(filter.size()),
                        .filter = filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    return absl::InternalError(std::string("PR_SET_SECCOMP: ") +
                               std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel_testing::internal
