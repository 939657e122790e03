#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "ipc_channel/transport/unix/deny_syscalls.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr std::uint32_t kNativeArchitecture =
#if defined(__x86_64__)
    AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    AUDIT_ARCH_AARCH64;
#else
    0;
#endif

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter Return(std::uint32_t value) {
  return BPF_STMT(BPF_RET | BPF_K, value);
}

// Goes on with the next instruction if the accumulator is `value`, otherwise
// with the one after it.
sock_filter NextIf(std::uint32_t value) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

// The beginning of a program: the system call's number in the accumulator.
std::vector<sock_filter> LoadNumber() {
  return {
      Load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kNativeArchitecture, 1, 0),
      Return(SECCOMP_RET_ALLOW),
      Load(offsetof(seccomp_data, nr)),
  };
}

std::uint32_t Deny(int errno_value) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(errno_value);
}

bool Install(std::vector<sock_filter>& program) {
  const sock_fprog filter = {.len = static_cast<unsigned short>(program.size()),
                             .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

bool DenySyscalls(std::initializer_list<int> numbers, int errno_value) {
  std::vector<sock_filter> program = LoadNumber();
  for (const int number : numbers) {
    program.push_back(NextIf(static_cast<std::uint32_t>(number)));
    program.push_back(Return(Deny(errno_value)));
  }
  program.push_back(Return(SECCOMP_RET_ALLOW));
  return Install(program);
}

bool DenySendingTo(int number, int errno_value) {
  std::vector<sock_filter> program = LoadNumber();
  program.insert(program.end(),
                 {
                     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
                     Load(offsetof(seccomp_data, args)),
                     NextIf(static_cast<std::uint32_t>(number)),
                     Return(Deny(errno_value)),
                     Return(SECCOMP_RET_ALLOW),
                 });
  return Install(program);
}

bool DenyMemfdAndLargeBuffers(int errno_value) {
  return DenySyscalls({SYS_memfd_create, SYS_setsockopt}, errno_value);
}

}  // namespace ipc_channel::transport::unix_backend
