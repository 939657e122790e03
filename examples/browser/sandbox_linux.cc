#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/browser/sandbox.h"

namespace browser {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kThisArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kThisArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "add this architecture's AUDIT_ARCH_..."
#endif

constexpr long kAllowed[] = {
    // Channels, and the memory that comes over them.
    SYS_recvmsg, SYS_recvfrom, SYS_sendmsg, SYS_sendto, SYS_ppoll,
    SYS_getsockopt, SYS_getsockname, SYS_shutdown, SYS_close, SYS_dup,
    SYS_fcntl, SYS_fstat, SYS_fstatfs, SYS_newfstatat, SYS_lseek, SYS_pread64,
    SYS_memfd_create, SYS_ftruncate, SYS_fallocate, SYS_pwrite64,
    SYS_membarrier, SYS_read, SYS_write,
#if defined(SYS_poll)
    SYS_poll,
#endif
    // Pipes lead nowhere. Sanitizers try memory with them.
    SYS_pipe2,
#if defined(SYS_pipe)
    SYS_pipe,
#endif
    // Memory, time, and what a program does of itself.
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk,
    SYS_futex, SYS_sched_yield, SYS_sched_getaffinity, SYS_clock_gettime,
    SYS_gettimeofday, SYS_clock_nanosleep, SYS_nanosleep, SYS_getrandom,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
    SYS_restart_syscall, SYS_getpid, SYS_gettid, SYS_exit, SYS_exit_group};

absl::Status Failure(const char* call) {
  return absl::InternalError(std::string(call) + ": " + std::strerror(errno));
}

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

// If the accumulator is not `value`.
sock_filter SkipUnless(std::uint32_t value, std::uint8_t skipped) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped);
}

sock_filter Return(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// The call with this first argument. To be the last about it.
void AllowIfFirstIs(std::vector<sock_filter>& filter, long call,
                    std::uint32_t argument) {
  filter.push_back(Load(offsetof(seccomp_data, nr)));
  filter.push_back(SkipUnless(static_cast<std::uint32_t>(call), 3));
  filter.push_back(Load(offsetof(seccomp_data, args)));
  filter.push_back(SkipUnless(argument, 1));
  filter.push_back(Return(SECCOMP_RET_ALLOW));
}

std::vector<sock_filter> Filter() {
  std::vector<sock_filter> filter = {
      Load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kThisArchitecture, 1, 0),
      Return(SECCOMP_RET_KILL_PROCESS), Load(offsetof(seccomp_data, nr))};
  for (const long allowed : kAllowed) {
    filter.push_back(SkipUnless(static_cast<std::uint32_t>(allowed), 1));
    filter.push_back(Return(SECCOMP_RET_ALLOW));
  }
  // For itself, as abort() and getrlimit() need it, and for nobody else.
  AllowIfFirstIs(filter, SYS_tgkill, static_cast<std::uint32_t>(::getpid()));
  AllowIfFirstIs(filter, SYS_prlimit64, 0);
  filter.push_back(Return(SECCOMP_RET_ERRNO | EPERM));
  return filter;
}

bool Limit(decltype(RLIMIT_CORE) resource, rlim_t most) {
  const rlimit limit = {.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(resource, &limit) == 0;
}

}  // namespace

absl::Status EnterSandbox() {
  if (!Limit(RLIMIT_CORE, 0) || !Limit(RLIMIT_NOFILE, 256) ||
      !Limit(RLIMIT_FSIZE, 64 << 20) || !Limit(RLIMIT_CPU, 300)) {
    return Failure("setrlimit");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Failure("PR_SET_NO_NEW_PRIVS");
  }
  std::vector<sock_filter> filter = Filter();
  sock_fprog program = {.len = static_cast<unsigned short>(filter.size()),
                        .filter = filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    return Failure("PR_SET_SECCOMP");
  }
  return absl::OkStatus();
}

bool IsSandboxed() {
  const ipc_channel::UniqueFd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  const ipc_channel::UniqueFd socket(
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (file.valid() || socket.valid()) return false;
  char name[] = "/bin/true";
  char* const arguments[] = {name, nullptr};
  ::execve(name, arguments, environ);  // does not return if it is possible
  return errno == EPERM;
}

}  // namespace browser
