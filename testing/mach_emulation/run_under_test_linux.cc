#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// The exit status of the launcher, run with these words; its stderr in
// *output.
int RunUnder(std::vector<std::string> words, std::string* output) {
  words.insert(words.begin(), std::getenv("RUN_UNDER_KERNEL"));
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(99);
  }
  close(ends[1]);
  char buffer[4096];
  ssize_t size;
  while ((size = read(ends[0], buffer, sizeof(buffer))) > 0) {
    output->append(buffer, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

int RunUnder(const std::vector<std::string>& words) {
  std::string output;
  return RunUnder(words, &output);
}

int RunClient(const std::string& deed, std::string* output) {
  return RunUnder({std::getenv("BAD_CLIENT"), deed}, output);
}

bool ExitedWith(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

bool KilledBy(int status, int signal) {
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

TEST(RunUnderTest, ExitsAsTheProgramDoes) {
  EXPECT_TRUE(ExitedWith(RunUnder({"/bin/sh", "-c", "exit 0"}), 0));
  EXPECT_TRUE(ExitedWith(RunUnder({"/bin/sh", "-c", "exit 42"}), 42));
  EXPECT_TRUE(ExitedWith(RunUnder({"--", "sh", "-c", "exit 43"}), 43));
}

TEST(RunUnderTest, DiesOfTheSignalThatKillsTheProgram) {
  EXPECT_TRUE(KilledBy(RunUnder({"/bin/sh", "-c", "kill -KILL $$"}), SIGKILL));
  EXPECT_TRUE(KilledBy(RunUnder({"/bin/sh", "-c", "kill -TERM $$"}), SIGTERM));
}

TEST(RunUnderTest, SaysWhatItCannotRun) {
  std::string output;
  EXPECT_TRUE(ExitedWith(RunUnder({"/no/such/program"}, &output), 127));
  EXPECT_NE(output.find("/no/such/program"), std::string::npos) << output;
  output.clear();
  EXPECT_TRUE(ExitedWith(RunUnder({}, &output), 126));
  EXPECT_NE(output.find("no program"), std::string::npos) << output;
}

TEST(RunUnderTest, TakesTheProgramAlongWhenItIsKilled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    execl(std::getenv("RUN_UNDER_KERNEL"), "run_under", "/bin/sh", "-c",
          ("echo >&" + std::to_string(ends[1]) + "; exec sleep 1000").c_str(),
          nullptr);
    _exit(99);
  }
  close(ends[1]);
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);  // it runs
  EXPECT_EQ(kill(pid, SIGKILL), 0);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(read(ends[0], &byte, 1), 0);  // and does no more
  close(ends[0]);
}

// Under a kernel of this test's own, or of none.
TEST(RunUnderTest, GivesEachProgramAnotherKernel) {
  const std::string command = std::string("echo $") + kSocketVariable + " >&2";
  std::string one;
  std::string other;
  EXPECT_TRUE(ExitedWith(RunUnder({"sh", "-c", command}, &one), 0));
  EXPECT_TRUE(ExitedWith(RunUnder({"sh", "-c", command}, &other), 0));
  EXPECT_GT(one.size(), 10u);
  EXPECT_NE(one, other);
}

TEST(RunUnderTest, AProgramThatBreaksTheProtocolFailsWithASentence) {
  for (const char* const deed :
       {"no task", "unknown call", "short frame", "wrong sizes",
        "memory that is not there", "second call", "foreign task"}) {
    std::string output;
    EXPECT_TRUE(ExitedWith(RunClient(deed, &output), 70)) << deed << output;
    EXPECT_NE(output.find("mach_emulation: kernel panic: "), std::string::npos)
        << deed << output;
  }
}

TEST(RunUnderTest, AProgramThatBreaksNothingGoesThrough) {
  std::string output;
  EXPECT_TRUE(ExitedWith(RunClient("nothing", &output), 0)) << output;
  EXPECT_EQ(output, "");
}

TEST(RunUnderTest, WithoutAKernelACallSaysSo) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    unsetenv(kSocketVariable);
    dup2(ends[1], STDERR_FILENO);
    execl(std::getenv("BAD_CLIENT"), "bad_client", "use mach", nullptr);
    _exit(99);
  }
  close(ends[1]);
  std::string output(4096, '\0');
  const ssize_t size = read(ends[0], output.data(), output.size());
  output.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  close(ends[0]);
  int status;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(KilledBy(status, SIGABRT)) << status;
  EXPECT_NE(output.find("runs under no kernel"), std::string::npos) << output;
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
