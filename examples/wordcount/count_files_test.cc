// This program is its own worker, and a bad one where a test wants it so.

#include "ipc_channel/examples/wordcount/count_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/test_hold.h"
#include "ipc_channel/examples/wordcount/worker.h"
#include "ipc_channel/testing/fd_leak_check.h"

namespace wordcount {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Names a file; workers end before they say hello while it does not exist, and
// the first one creates it.
constexpr char kFirstDies[] = "TEST_FIRST_WORKER_DIES";
// Workers exit with this before they say hello.
constexpr char kAllExit[] = "TEST_WORKERS_EXIT";

std::string MakeFile(const std::string& name, std::string_view text) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

class CountFilesTest : public testing::Test {
 protected:
  ~CountFilesTest() override {
    ::unsetenv(kFirstDies);
    ::unsetenv(kAllExit);
  }

  const std::string a_ = MakeFile("a", "x y x");
  const std::string b_ = MakeFile("b", "y z");
};

TEST_F(CountFilesTest, AddsUpWhatWorkersCount) {
  const Outcome outcome = CountFiles({a_, b_}, 2, "");
  EXPECT_THAT(outcome.words,
              UnorderedElementsAre(Pair("x", 2), Pair("y", 2), Pair("z", 1)));
  EXPECT_EQ(outcome.total_words, 5u);
  ASSERT_EQ(outcome.files.size(), 2u);
  EXPECT_EQ(outcome.files[0].total_words.value_or(0), 3u);
  EXPECT_EQ(outcome.files[1].total_words.value_or(0), 2u);
  EXPECT_TRUE(outcome.lost_workers.empty());
}

TEST_F(CountFilesTest, LeavesNoDescriptorsBehind) {
  ipc_channel_testing::ExpectNoFdLeak no_leak;
  CountFiles({a_, b_, a_, b_, "/missing"}, 3, "");
}

TEST_F(CountFilesTest, AWorkerThatDiesBeforeItSaysHelloIsReplaced) {
  const std::string marker = ::testing::TempDir() + "/marker";
  ::unlink(marker.c_str());
  ::setenv(kFirstDies, marker.c_str(), 1);
  const Outcome outcome = CountFiles({a_}, 1, "");
  EXPECT_EQ(outcome.total_words, 3u);
  ASSERT_EQ(outcome.lost_workers.size(), 1u);
  EXPECT_EQ(outcome.lost_workers[0].how, "was killed by signal 9");
  EXPECT_EQ(outcome.lost_workers[0].path, "");
}

TEST_F(CountFilesTest, GivesUpIfNoWorkerEverSaysHello) {
  ::setenv(kAllExit, "3", 1);
  const Outcome outcome = CountFiles({a_, b_, "/missing"}, 1, "");
  EXPECT_EQ(outcome.total_words, 0u);
  ASSERT_EQ(outcome.files.size(), 3u);
  for (const FileOutcome& file : outcome.files) {
    EXPECT_THAT(std::string(file.total_words.status().message()),
                HasSubstr("no worker could be started"));
  }
  ASSERT_EQ(outcome.lost_workers.size(), 3u);
  EXPECT_EQ(outcome.lost_workers[0].how, "exited with 3");
}

int WorkOrNot(const std::string& server_name) {
  if (const char* const code = ::getenv(kAllExit)) return std::stoi(code);
  if (const char* const marker = ::getenv(kFirstDies)) {
    const int fd =
        ::open(marker, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) ::raise(SIGKILL);
  }
  return RunWorker(server_name, TestHold(""));
}

}  // namespace
}  // namespace wordcount

int main(int argc, char** argv) {
  constexpr std::string_view kWorkerOf = "--worker_of=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(kWorkerOf)) {
    return wordcount::WorkOrNot(argv[1] + kWorkerOf.size());
  }
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
