#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "ipc_channel/testing/internal/syscall_registers.h"

namespace ipc_channel_testing::internal {
namespace {

// No number of a call: the kernel makes none.
[[maybe_unused]] constexpr int kNoCall = -1;

template <class Registers>
bool Get(pid_t pid, long set, Registers& registers) {
  iovec place = {.iov_base = &registers, .iov_len = sizeof(registers)};
  return ::ptrace(PTRACE_GETREGSET, pid, set, &place) == 0;
}

template <class Registers>
bool Set(pid_t pid, long set, Registers& registers) {
  iovec place = {.iov_base = &registers, .iov_len = sizeof(registers)};
  return ::ptrace(PTRACE_SETREGSET, pid, set, &place) == 0;
}

}  // namespace

#if defined(__x86_64__)

bool SkipSyscall(pid_t pid) {
  user_regs_struct registers;
  if (!Get(pid, NT_PRSTATUS, registers)) return false;
  registers.orig_rax = static_cast<unsigned long long>(kNoCall);
  return Set(pid, NT_PRSTATUS, registers);
}

bool SetSyscallError(pid_t pid, int error) {
  user_regs_struct registers;
  if (!Get(pid, NT_PRSTATUS, registers)) return false;
  registers.rax = static_cast<unsigned long long>(-error);
  return Set(pid, NT_PRSTATUS, registers);
}

#elif defined(__aarch64__)

bool SkipSyscall(pid_t pid) {
  int call = kNoCall;
  return Set(pid, NT_ARM_SYSTEM_CALL, call);
}

bool SetSyscallError(pid_t pid, int error) {
  user_regs_struct registers;
  if (!Get(pid, NT_PRSTATUS, registers)) return false;
  registers.regs[0] = static_cast<unsigned long long>(-error);
  return Set(pid, NT_PRSTATUS, registers);
}

#else

bool SkipSyscall(pid_t) { return false; }
bool SetSyscallError(pid_t, int) { return false; }

#endif

}  // namespace ipc_channel_testing::internal
