#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/restrict/internal/denial_table.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing {
namespace {

using Words = std::vector<std::string>;

constexpr int kCannotRestrict = 125;
constexpr int kCannotStart = 126;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

std::string Launcher() { return std::getenv("RESTRICTED_RUN"); }
std::string Probe() { return std::getenv("PROBE"); }

int Execute(const Words& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  return 127;
}

absl::StatusOr<ChildProcess> Start(Words words) {
  words.insert(words.begin(), Launcher());
  return ChildProcess::Fork([words] { return Execute(words); });
}

// How the launcher ends with these arguments.
absl::StatusOr<ExitResult> EndOf(Words words) {
  absl::StatusOr<ChildProcess> child = Start(std::move(words));
  if (!child.ok()) return child.status();
  return child->Wait(Soon());
}

Words ProbeUnder(Words options, const Words& probe) {
  options.push_back("--");
  options.push_back(Probe());
  options.insert(options.end(), probe.begin(), probe.end());
  return options;
}

auto Exits(int code) { return IsOkAndHolds(ExitResult::Exited(code)); }

// Exits with the errno that the probe meets.
absl::StatusOr<ExitResult> ProbedUnder(const Words& options,
                                       const std::string& probe) {
  return EndOf(ProbeUnder(options, {probe}));
}

TEST(DenialTest, NothingIsDeniedUnlessAskedFor) {
  for (const std::string probe :
       {"close_range", "membarrier", "memfd_create", "memfd_create:MFD_CLOEXEC",
        "pidfd_open", "fcntl:F_SEAL_GROW", "getsockopt:SO_COOKIE",
        "getsockopt:SO_DOMAIN", "getsockopt:SO_PEEK_OFF",
        "setsockopt:SO_PEEK_OFF"}) {
    EXPECT_THAT(ProbedUnder({}, probe), Exits(0)) << probe;
  }
}

TEST(DenialTest, ADeniedCallFailsWithTheErrorAskedFor) {
  for (const std::string call :
       {"close_range", "membarrier", "memfd_create", "pidfd_open"}) {
    const std::string deny = "--deny=" + call;
    EXPECT_THAT(ProbedUnder({deny + ":ENOSYS"}, call), Exits(ENOSYS)) << call;
    EXPECT_THAT(ProbedUnder({deny + ":EPERM"}, call), Exits(EPERM)) << call;
  }
}

TEST(DenialTest, OtherCallsAreLeftAlone) {
  const Words options = {"--deny=memfd_create:ENOSYS"};
  EXPECT_THAT(ProbedUnder(options, "membarrier"), Exits(0));
  EXPECT_THAT(ProbedUnder(options, "close_range"), Exits(0));
}

TEST(DenialTest, ADeniedSocketOptionLeavesTheOthersAlone) {
  const Words options = {"--deny=getsockopt:SO_COOKIE:ENOPROTOOPT"};
  EXPECT_THAT(ProbedUnder(options, "getsockopt:SO_COOKIE"), Exits(ENOPROTOOPT));
  EXPECT_THAT(ProbedUnder(options, "getsockopt:SO_DOMAIN"), Exits(0));
}

TEST(DenialTest, ADeniedSocketOptionIsOfSolSocketOnly) {
  EXPECT_THAT(ProbedUnder({"--deny=getsockopt:SO_COOKIE:EACCES"},
                          "getsockopt:other level"),
              Exits(ENOPROTOOPT));
}

TEST(DenialTest, GettingAnOptionIsDeniedWithoutSettingIt) {
  const Words getting = {"--deny=getsockopt:SO_PEEK_OFF:EPERM"};
  EXPECT_THAT(ProbedUnder(getting, "getsockopt:SO_PEEK_OFF"), Exits(EPERM));
  EXPECT_THAT(ProbedUnder(getting, "setsockopt:SO_PEEK_OFF"), Exits(0));
  const Words setting = {"--deny=setsockopt:SO_PEEK_OFF:EPERM"};
  EXPECT_THAT(ProbedUnder(setting, "getsockopt:SO_PEEK_OFF"), Exits(0));
  EXPECT_THAT(ProbedUnder(setting, "setsockopt:SO_PEEK_OFF"), Exits(EPERM));
}

TEST(DenialTest, ADeniedFlagIsFoundAmongOthers) {
  const Words options = {"--deny=memfd_create:MFD_NOEXEC_SEAL:EINVAL"};
  EXPECT_THAT(ProbedUnder(options, "memfd_create:MFD_NOEXEC_SEAL"),
              Exits(EINVAL));
  EXPECT_THAT(ProbedUnder(options, "memfd_create:MFD_CLOEXEC"), Exits(0));
  EXPECT_THAT(ProbedUnder(options, "memfd_create"), Exits(0));
}

TEST(DenialTest, ADeniedSealLeavesOtherSealsAndCommandsAlone) {
  const Words options = {"--deny=fcntl:F_SEAL_FUTURE_WRITE:EINVAL"};
  EXPECT_THAT(ProbedUnder(options, "fcntl:F_SEAL_FUTURE_WRITE"), Exits(EINVAL));
  EXPECT_THAT(ProbedUnder(options, "fcntl:F_SEAL_GROW"), Exits(0));
  EXPECT_THAT(ProbedUnder(options, "fcntl:F_GETFD"), Exits(0));
}

TEST(DenialTest, EveryOneOfManyDenialsHolds) {
  const Words options = {"--deny=pidfd_open:EPERM",
                         "--deny=getsockopt:SO_COOKIE:ENOPROTOOPT",
                         "--deny=memfd_create:ENOSYS"};
  EXPECT_THAT(ProbedUnder(options, "pidfd_open"), Exits(EPERM));
  EXPECT_THAT(ProbedUnder(options, "getsockopt:SO_COOKIE"), Exits(ENOPROTOOPT));
  EXPECT_THAT(ProbedUnder(options, "memfd_create"), Exits(ENOSYS));
  EXPECT_THAT(ProbedUnder(options, "membarrier"), Exits(0));
}

TEST(DenialTest, EveryUseOfTheTableIsTakenAtOnce) {
  Words options;
  for (const internal::Deniable& deniable : internal::Deniables()) {
    if (deniable.use.empty()) continue;
    options.push_back("--deny=" + std::string(deniable.call) + ":" +
                      std::string(deniable.use) + ":EPERM");
  }
  ASSERT_GE(options.size(), 10u);
  EXPECT_THAT(ProbedUnder(options, "getsockopt:SO_COOKIE"), Exits(EPERM));
  EXPECT_THAT(ProbedUnder(options, "setsockopt:SO_PEEK_OFF"), Exits(EPERM));
  EXPECT_THAT(ProbedUnder(options, "memfd_create"), Exits(0));
}

TEST(DenialTest, WhatARestrictedProgramStartsIsRestricted) {
  EXPECT_THAT(EndOf({"--deny=memfd_create:ENOSYS", "--", Launcher(), "--",
                     Probe(), "memfd_create"}),
              Exits(ENOSYS));
}

TEST(PassingThroughTest, TheExitCodeIsTheProgramsOwn) {
  for (const int code : {0, 7, 255}) {
    EXPECT_THAT(EndOf(ProbeUnder({"--deny=pidfd_open:EPERM", "--unprivileged"},
                                 {"exit", std::to_string(code)})),
                Exits(code));
  }
}

TEST(PassingThroughTest, ASignalThatEndsTheProgramIsSeen) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    EXPECT_THAT(EndOf(ProbeUnder({}, {"raise", std::to_string(signal)})),
                IsOkAndHolds(ExitResult::Killed(signal)));
  }
}

TEST(PassingThroughTest, ASignalReachesTheProgram) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, Start(ProbeUnder({}, {"pause"})));
  ASSERT_OK(child.Kill(SIGUSR1));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGUSR1)));
}

TEST(PassingThroughTest, ArgumentsAreTheProgramsOwn) {
  EXPECT_THAT(EndOf(ProbeUnder(
                  {}, {"count", "--deny=none", "--", "", "--unprivileged"})),
              Exits(4));
}

TEST(RefusalTest, AWrongCommandLineRunsNothing) {
  for (const Words& options :
       {Words{"--deny="}, Words{"--deny=memfd_create"},
        Words{"--deny=memfd_create:"}, Words{"--deny=memfd_create::ENOSYS"},
        Words{"--deny=memfd_create:EVERYTHING"}, Words{"--deny=fly:ENOSYS"},
        Words{"--deny=getsockopt:SO_WEATHER:EPERM"},
        Words{"--deny=getsockopt:SO_COOKIE:EPERM:more"}, Words{"--denied"},
        Words{"memfd_create"}}) {
    EXPECT_THAT(EndOf(ProbeUnder(options, {"exit", "0"})),
                Exits(kCannotRestrict))
        << options[0];
  }
  EXPECT_THAT(EndOf({}), Exits(kCannotRestrict));
  EXPECT_THAT(EndOf({"--unprivileged", "--"}), Exits(kCannotRestrict));
}

TEST(RefusalTest, AProgramThatDoesNotStartIsToldFromOneThatFails) {
  EXPECT_THAT(EndOf({"--", "/no/such/program"}), Exits(kCannotStart));
  EXPECT_THAT(EndOf({"--unprivileged", "--", "/proc/self/status"}),
              Exits(kCannotStart));
}

TEST(UnprivilegedTest, TheProgramHasNoCapabilitiesAndGetsNone) {
  EXPECT_THAT(ProbedUnder({"--unprivileged"}, "privileges"), Exits(0));
}

TEST(UnprivilegedTest, DenialsHoldForIt) {
  EXPECT_THAT(ProbedUnder({"--unprivileged", "--deny=memfd_create:EPERM"},
                          "memfd_create"),
              Exits(EPERM));
}

// Where there is more than one user to be.
bool IsRootOfASystem() {
  return ::geteuid() == 0 && ::setregid(-1, 12'345) == 0 &&
         ::setregid(-1, 0) == 0;
}

TEST(UnprivilegedTest, TheProgramIsAnotherUsers) {
  if (!IsRootOfASystem()) GTEST_SKIP() << "needs root";
  EXPECT_THAT(EndOf(ProbeUnder({"--unprivileged"}, {"user is not", "0"})),
              Exits(0));
}

TEST(UnprivilegedTest, TheProgramMayLieInAClosedFolder) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "closed";
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::owner_all);
  fs::copy_file(Probe(), folder / "probe");
  EXPECT_THAT(
      EndOf({"--unprivileged", "--", (folder / "probe").string(), "exit", "7"}),
      Exits(7));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace ipc_channel_testing
