#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/residue.h"
#include "ipc_channel/testing/soon.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::Soon;
using ::testing::IsEmpty;

constexpr absl::Duration kPause = absl::Milliseconds(1);

void MapOwnNumber(const char* file, unsigned number) {
  std::ofstream(file) << number << ' ' << number << " 1";
}

// Without privileges that takes a user namespace, in which this user and this
// group are what they were.
bool EnterNewNetwork() {
  if (::unshare(CLONE_NEWNET) == 0) return true;
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  MapOwnNumber("/proc/self/uid_map", user);
  MapOwnNumber("/proc/self/gid_map", group);
  return true;
}

// There is no way back, so that it is entered once.
bool HasOwnNetwork() {
  static const bool has = EnterNewNetwork();
  return has;
}

std::string NewFolder() {
  std::string folder = "/tmp/residue.XXXXXX";
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  return folder;
}

void PointAt(const std::string& folder) {
  ::setenv("XDG_RUNTIME_DIR", folder.c_str(), /*overwrite=*/1);
  ::setenv("TMPDIR", folder.c_str(), 1);
}

bool HasNoChild() {
  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 &&
         errno == ECHILD;
}

}  // namespace

ResidueCheck::ResidueCheck()
    : has_own_network_(HasOwnNetwork()),
      folder_(NewFolder()),
      folder_before_(std::filesystem::current_path()) {
  PointAt(folder_);
  EXPECT_EQ(::chdir(folder_.c_str()), 0);
  EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

ResidueCheck::~ResidueCheck() {
  EXPECT_TRUE(HasNoChild());
  EXPECT_THAT(Files(), IsEmpty());
  // The kernel destroys what was in flight in its own time.
  const absl::Time give_up = Soon();
  while (!Sockets().empty() && absl::Now() < give_up) absl::SleepFor(kPause);
  EXPECT_THAT(Sockets(), IsEmpty());
  EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
  EXPECT_EQ(::chdir(folder_before_.c_str()), 0);
  std::filesystem::remove_all(folder_);
}

std::string ResidueCheck::word() const {
  return folder_.substr(folder_.rfind('/') + 1);
}

std::vector<std::string> ResidueCheck::Files() const {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder_)) {
    files.push_back(entry.path().lexically_relative(folder_));
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> ResidueCheck::Sockets() const {
  std::ifstream list("/proc/self/net/unix");
  EXPECT_TRUE(list.good());
  std::vector<std::string> sockets;
  std::string line;
  std::getline(list, line);  // the headings
  while (std::getline(list, line)) {
    if (has_own_network_ || line.find(word()) != std::string::npos) {
      sockets.push_back(line);
    }
  }
  return sockets;
}

int ReapAllChildren() {
  const absl::Time give_up = Soon();
  int count = 0;
  while (absl::Now() < give_up) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended < 0) {
      EXPECT_EQ(errno, ECHILD);
      return count;
    }
    if (ended == 0) {
      absl::SleepFor(kPause);
      continue;
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "it ended with status " << status;
    ++count;
  }
  ADD_FAILURE() << "a child lives on";
  return count;
}

}  // namespace ipc_channel
