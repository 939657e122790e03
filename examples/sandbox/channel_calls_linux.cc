#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "ipc_channel/examples/sandbox/channel_calls.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {
namespace {

constexpr AllowedCall With(const char* name, unsigned index,
                           std::uint32_t value) {
  return {.name = name, .argument = ArgumentIs{index, value}};
}

// Without PROT_EXEC.
constexpr AllowedCall NotExecutable(const char* name) {
  return {.name = name, .argument = ArgumentIs{2, 0, PROT_EXEC}};
}

constexpr AllowedCall kUnixSocketPair = With("socketpair", 0, AF_UNIX);
constexpr AllowedCall kGetSeals = With("fcntl", 1, F_GET_SEALS);
// To read them, not to set any.
constexpr AllowedCall kOwnLimits = {
    .name = "prlimit64",
    .argument = ArgumentIs{0, 0},
    .other_argument = ArgumentIs{2, 0, kAllBits}};

constexpr AllowedCall kValue[] = {
    {"sendto"}, {"sendmsg"}, {"recvmsg"}, {"ppoll"}, {"close"}};

constexpr AllowedCall kWaitingSend[] = {kUnixSocketPair};

constexpr AllowedCall kEnd[] = {{"getsockopt"}};

// Which of the two names fstat() has is the C library's choice.
constexpr AllowedCall kReceivedMemory[] = {
    kGetSeals,     {"fstatfs"}, {"newfstatat"},        {"fstat"},
    {"cachestat"}, {"madvise"}, NotExecutable("mmap"), {"munmap"}};

constexpr AllowedCall kMadeMemory[] = {kOwnLimits,
                                       {"memfd_create"},
                                       {"fallocate"},
                                       {"pwrite64"},
                                       With("fcntl", 1, F_ADD_SEALS),
                                       kGetSeals,
                                       {"fstatfs"},
                                       {"newfstatat"},
                                       {"fstat"},
                                       {"cachestat"},
                                       {"madvise"},
                                       NotExecutable("mmap"),
                                       {"munmap"}};

constexpr AllowedCall kCarrier[] = {{.name = "memfd_create", .fails = true},
                                    kUnixSocketPair,
                                    kOwnLimits,
                                    {"getsockopt"},
                                    {"setsockopt"},
                                    With("ioctl", 1, FIONREAD),
                                    With("ioctl", 1, SIOCOUTQ)};

constexpr AllowedCall kManyHandles[] = {kUnixSocketPair,
                                        With("socket", 0, AF_UNIX),
                                        {"getsockopt"},
                                        With("ioctl", 1, FIONREAD),
                                        With("fcntl", 1, F_GETFD),
                                        kOwnLimits};

constexpr AllowedCall kMadeChannel[] = {kUnixSocketPair, {"shutdown"}};

constexpr AllowedCall kReceiverSet[] = {
    {"epoll_create1"}, {"epoll_ctl"}, {"epoll_wait"}, {"epoll_pwait"}};

constexpr AllowedCall kStopToken[] = {
    {"eventfd2"}, {"getpid"}, {"poll"}, {"write"}};

constexpr AllowedCall kRouter[] = {{"epoll_create1"},
                                   {"epoll_ctl"},
                                   {"epoll_wait"},
                                   {"epoll_pwait"},
                                   {"eventfd2"},
                                   {"getpid"},
                                   {"poll"},
                                   {"write"},
                                   {"read"},
                                   {"clone3"},
                                   {"rt_sigaction"},
                                   {"rt_sigprocmask"},
                                   {"set_robust_list"},
                                   {"rseq"},
                                   {"exit"}};

}  // namespace

const Calls kValueCalls = kValue;
const Calls kWaitingSendCalls = kWaitingSend;
const Calls kEndCalls = kEnd;
const Calls kReceivedMemoryCalls = kReceivedMemory;
const Calls kMadeMemoryCalls = kMadeMemory;
const Calls kCarrierCalls = kCarrier;
const Calls kManyHandlesCalls = kManyHandles;
const Calls kMadeChannelCalls = kMadeChannel;
const Calls kReceiverSetCalls = kReceiverSet;
const Calls kStopTokenCalls = kStopToken;
const Calls kRouterCalls = kRouter;

std::vector<AllowedCall> ProgramCalls() {
  return {{"brk"},
          NotExecutable("mmap"),
          {"munmap"},
          {"mremap"},
          NotExecutable("mprotect"),
          {"madvise"},
          {"clock_gettime"},
          {"futex"},
          {"restart_syscall"},
          {"rt_sigreturn"},
          {"exit_group"},
          {"rt_sigprocmask"},
          {"gettid"},
          {"getpid"},
          With("tgkill", 0, static_cast<std::uint32_t>(::getpid()))};
}

std::vector<AllowedCall> Together(std::initializer_list<Calls> parts) {
  std::vector<AllowedCall> all;
  for (const Calls& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace sandbox
