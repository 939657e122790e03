// Each wall alone, in a process that has no other.

#include "ipc_channel/examples/sandbox/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/sandbox/channel_calls.h"
#include "ipc_channel/examples/sandbox/empty_root.h"
#include "ipc_channel/examples/sandbox/landlock.h"
#include "ipc_channel/examples/sandbox/privileges.h"
#include "ipc_channel/examples/sandbox/process_limits.h"
#include "ipc_channel/examples/sandbox/sanitizer_calls.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace sandbox {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

constexpr int kNotAllowed = 77;

// How a child ends that does this.
absl::StatusOr<ExitResult> InChild(const std::function<int()>& body) {
  auto child = ChildProcess::Fork(body);
  if (!child.ok()) return child.status();
  return child->Wait(Soon());
}

auto Exits(int code) { return IsOkAndHolds(ExitResult::Exited(code)); }
auto DiesOf(int signal) { return IsOkAndHolds(ExitResult::Killed(signal)); }

// The number of the error, 0 if the file could be opened.
int ErrorOfOpening(const char* path, int flags = O_RDONLY) {
  const ipc_channel::UniqueFd file(::open(path, flags | O_CLOEXEC, 0600));
  return file.valid() ? 0 : errno;
}

TEST(EmptyRootTest, ThereIsNothingInIt) {
  const auto result = InChild([] {
    if (!EnterEmptyRoot()) return kNotAllowed;
    const std::filesystem::directory_iterator entries("/");
    if (std::distance(begin(entries), end(entries)) != 0) return 1;
    if (ErrorOfOpening("/etc/passwd") != ENOENT) return 2;
    if (ErrorOfOpening("/x", O_WRONLY | O_CREAT) != EROFS) return 3;
    return ErrorOfOpening("../../etc/passwd") == ENOENT ? 0 : 4;
  });
  ASSERT_TRUE(result.ok()) << result.status();
  if (*result == ExitResult::Exited(kNotAllowed)) {
    GTEST_SKIP() << "this system gives no user namespaces";
  }
  EXPECT_EQ(*result, ExitResult::Exited(0));
}

TEST(EmptyRootTest, WhatIsOpenStaysUsable) {
  const auto result = InChild([] {
    const ipc_channel::UniqueFd file(::open("/etc/passwd", O_RDONLY));
    if (!EnterEmptyRoot()) return kNotAllowed;
    char byte;
    return ::read(file.get(), &byte, 1) == 1 ? 0 : 1;
  });
  ASSERT_TRUE(result.ok()) << result.status();
  if (*result == ExitResult::Exited(kNotAllowed)) {
    GTEST_SKIP() << "this system gives no user namespaces";
  }
  EXPECT_EQ(*result, ExitResult::Exited(0));
}

TEST(LandlockTest, NoPathCanBeOpened) {
  const auto result = InChild([] {
    if (!ForbidNewPrivileges().ok()) return 1;
    if (!ForbidAllPaths()) return kNotAllowed;
    if (ErrorOfOpening("/etc/passwd") != EACCES) return 2;
    return ErrorOfOpening("x", O_WRONLY | O_CREAT) == EACCES ? 0 : 3;
  });
  ASSERT_TRUE(result.ok()) << result.status();
  if (*result == ExitResult::Exited(kNotAllowed)) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  EXPECT_EQ(*result, ExitResult::Exited(0));
}

TEST(PrivilegesTest, NoneAreLeftAndNoneCome) {
  EXPECT_THAT(InChild([] {
                if (!ForbidNewPrivileges().ok()) return 1;
                if (!DropCapabilities().ok()) return 2;
                if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
                // What takes a capability.
                return ::chroot("/") == -1 && errno == EPERM ? 0 : 4;
              }),
              Exits(0));
}

TEST(ProcessLimitsTest, AreSetForGood) {
  EXPECT_THAT(InChild([] {
                if (!DropCapabilities().ok()) return 1;
                const ProcessLimits limits = {
                    .cpu_seconds = 1000,
                    .descriptors = 32,
                    .file_bytes = 4096,
                    .address_space_bytes = std::nullopt};
                if (!LimitProcess(limits).ok()) return 2;
                rlimit set = {};
                ::getrlimit(RLIMIT_FSIZE, &set);
                if (set.rlim_cur != 4096 || set.rlim_max != 4096) return 3;
                ::getrlimit(RLIMIT_NOFILE, &set);
                if (set.rlim_cur != 32 || set.rlim_max != 32) return 4;
                ::getrlimit(RLIMIT_CORE, &set);
                if (set.rlim_cur != 0 || set.rlim_max != 0) return 5;
                ::getrlimit(RLIMIT_CPU, &set);
                if (set.rlim_cur != 1000 || set.rlim_max != 1000) return 6;
                ProcessLimits more = limits;
                more.file_bytes = 8192;
                return absl::IsInternal(LimitProcess(more)) ? 0 : 7;
              }),
              Exits(0));
}

TEST(ProcessLimitsTest, AddressSpaceCannotBeExceeded) {
  EXPECT_THAT(InChild([] {
                constexpr std::size_t kGibibyte = std::size_t{1} << 30;
                const ProcessLimits limits = {.cpu_seconds = 1000,
                                              .descriptors = 32,
                                              .address_space_bytes = kGibibyte};
                if (!LimitProcess(limits).ok()) return 1;
                return ::mmap(nullptr, kGibibyte, PROT_READ,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                           ? 0
                           : 2;
              }),
              Exits(0));
}

TEST(ProcessLimitsTest, ProcessorTimeEndsAProcess) {
  EXPECT_THAT(InChild([] {
                const ProcessLimits limits = {.cpu_seconds = 1,
                                              .descriptors = 32};
                if (!LimitProcess(limits).ok()) return 1;
                while (true) ::getppid();
              }),
              // Both limits are one: which is first is the kernel's choice.
              ::testing::AnyOf(DiesOf(SIGXCPU), DiesOf(SIGKILL)));
}

std::vector<AllowedCall> ChannelsOnly() {
  return Together({ProgramCalls(), kValueCalls, SanitizerCalls()});
}

TEST(SystemCallFilterTest, WhatIsForbiddenKills) {
  EXPECT_THAT(InChild([] {
                if (!AllowOnly(ChannelsOnly(), Forbidden::kKills).ok()) {
                  return 1;
                }
                ErrorOfOpening("/etc/passwd");
                return 2;
              }),
              DiesOf(SIGSYS));
}

TEST(SystemCallFilterTest, WhatIsForbiddenFails) {
  EXPECT_THAT(InChild([] {
                if (!AllowOnly(ChannelsOnly(), Forbidden::kFails).ok()) {
                  return 1;
                }
                return ErrorOfOpening("/etc/passwd") == EPERM ? 0 : 2;
              }),
              Exits(0));
}

TEST(SystemCallFilterTest, OneCallMayFailWhereOthersKill) {
  EXPECT_THAT(InChild([] {
                auto calls = ChannelsOnly();
                calls.push_back({.name = "openat", .fails = true});
                if (!AllowOnly(calls, Forbidden::kKills).ok()) return 1;
                return ErrorOfOpening("/etc/passwd") == EPERM ? 0 : 2;
              }),
              Exits(0));
}

TEST(SystemCallFilterTest, ArgumentsAreLookedAt) {
  const auto with_family = [](int family) {
    return [family] {
      auto calls = ChannelsOnly();
      calls.push_back({.name = "socket", .argument = ArgumentIs{0, AF_UNIX}});
      if (!AllowOnly(calls, Forbidden::kKills).ok()) return 1;
      ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      return 0;
    };
  };
  EXPECT_THAT(InChild(with_family(AF_UNIX)), Exits(0));
  EXPECT_THAT(InChild(with_family(AF_INET)), DiesOf(SIGSYS));
}

TEST(SystemCallFilterTest, BothArgumentsMustBeRight) {
  const auto with_limit = [](const rlimit* limit) {
    return [limit] {
      auto calls = ChannelsOnly();
      calls.push_back({.name = "prlimit64",
                       .argument = ArgumentIs{0, 0},
                       .other_argument = ArgumentIs{2, 0, kAllBits}});
      if (!AllowOnly(calls, Forbidden::kKills).ok()) return 1;
      rlimit before;
      ::prlimit(0, RLIMIT_CORE, limit, &before);
      return 0;
    };
  };
  const rlimit none = {};
  EXPECT_THAT(InChild(with_limit(nullptr)), Exits(0));
  EXPECT_THAT(InChild(with_limit(&none)), DiesOf(SIGSYS));
}

TEST(SystemCallFilterTest, AnUnknownNameIsRefusedAndNothingInstalled) {
  EXPECT_THAT(
      InChild([] {
        const AllowedCall unknown[] = {{"frobnicate"}};
        if (!absl::IsInvalidArgument(AllowOnly(unknown, Forbidden::kKills))) {
          return 1;
        }
        return ErrorOfOpening("/etc/passwd");
      }),
      Exits(0));
}

TEST(SystemCallFilterTest, AbortIsToldFromAForbiddenCall) {
  EXPECT_THAT(InChild([]() -> int {
                if (!AllowOnly(ChannelsOnly(), Forbidden::kKills).ok()) {
                  return 1;
                }
                std::abort();
              }),
              DiesOf(SIGABRT));
}

// With calls that a filter should not let pass, so that what is behind it
// shows.
Policy PolicyWith(std::vector<AllowedCall> calls) {
  Policy policy;
  policy.calls = Together({ChannelsOnly(), calls});
  policy.limits = {.cpu_seconds = 1000, .descriptors = 32};
  return policy;
}

TEST(SandboxTest, IsEnteredOnceAndForGood) {
  const Policy policy = PolicyWith({});
  EXPECT_THAT(InChild([&] {
                if (!EnterSandbox(policy).ok()) return 1;
                EnterSandbox(policy).IgnoreError();
                return 2;
              }),
              DiesOf(SIGSYS));
}

TEST(SandboxTest, PathsStayClosedWhereTheFilterIsOpen) {
  const Policy policy = PolicyWith({{"openat"}, {"open"}});
  const auto can_open = InChild([&] {
    if (!EnterSandbox(policy).ok()) return 1;
    return ErrorOfOpening("/etc/passwd") == 0 ? kNotAllowed : 0;
  });
  ASSERT_TRUE(can_open.ok()) << can_open.status();
  const auto has_walls =
      InChild([] { return EnterEmptyRoot() || ForbidAllPaths() ? 0 : 1; });
  ASSERT_TRUE(has_walls.ok()) << has_walls.status();
  if (*has_walls != ExitResult::Exited(0)) {
    GTEST_SKIP() << "this system has neither user namespaces nor Landlock";
  }
  EXPECT_EQ(*can_open, ExitResult::Exited(0));
}

TEST(SandboxTest, RightsAndLimitsAreGoneWhereTheFilterIsOpen) {
  const Policy policy = PolicyWith({{"chroot"}, {"prlimit64"}});
  EXPECT_THAT(InChild([&] {
                if (!EnterSandbox(policy).ok()) return 1;
                if (::chroot("/") == 0 || errno != EPERM) return 2;
                rlimit set = {};
                ::getrlimit(RLIMIT_NOFILE, &set);
                return set.rlim_max == 32 ? 0 : 3;
              }),
              Exits(0));
}

TEST(SandboxTest, NobodyLooksInAndItEndsWithItsParent) {
  const Policy policy = PolicyWith({{"prctl"}});
  EXPECT_THAT(InChild([&] {
                if (!EnterSandbox(policy).ok()) return 1;
                int signal = 0;
                ::prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
                if (signal != SIGKILL) return 2;
                return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
              }),
              Exits(0));
}

TEST(SandboxTest, IsNotEnteredWithLimitsThatCannotBeSet) {
  Policy policy = PolicyWith({});
  policy.limits.descriptors = ~std::uint64_t{0} >> 1;
  EXPECT_THAT(
      InChild([&] { return absl::IsInternal(EnterSandbox(policy)) ? 0 : 1; }),
      Exits(0));
}

}  // namespace
}  // namespace sandbox
