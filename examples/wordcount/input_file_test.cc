#include "ipc_channel/examples/wordcount/input_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace wordcount {
namespace {

using ::testing::HasSubstr;

// Under a short path, for the sake of a socket's name.
std::string MakeFolder() {
  char path[] = "/tmp/input_file_test.XXXXXX";
  return ::mkdtemp(path) != nullptr ? path : "";
}

// A new folder that goes with the file in it.
class InputFileTest : public testing::Test {
 protected:
  ~InputFileTest() override {
    ::unlink(file_.c_str());
    ::rmdir(folder_.c_str());
  }

  const std::string folder_ = MakeFolder();
  const std::string file_ = folder_ + "/x";
};

std::string WhyNot(const std::string& path) {
  const absl::StatusOr<InputFile> file = OpenInputFile(path);
  return file.ok() ? "opened" : std::string(file.status().message());
}

TEST_F(InputFileTest, OpensARegularFile) {
  std::ofstream(file_) << "12345";
  const absl::StatusOr<InputFile> file = OpenInputFile(file_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->size, 5u);
  EXPECT_EQ(::fcntl(file->fd.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(file->fd.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(InputFileTest, SaysThatAFileIsMissing) {
  EXPECT_EQ(WhyNot(file_), "No such file or directory");
}

TEST_F(InputFileTest, SaysThatAFileIsNotForUs) {
  if (::geteuid() == 0) GTEST_SKIP() << "everything is readable for root";
  std::ofstream(file_) << "12345";
  ASSERT_EQ(::chmod(file_.c_str(), 0), 0);
  EXPECT_EQ(WhyNot(file_), "Permission denied");
}

TEST_F(InputFileTest, RefusesADirectory) {
  EXPECT_THAT(WhyNot(folder_), HasSubstr("is a directory"));
}

TEST_F(InputFileTest, RefusesAFifoWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THAT(WhyNot(file_), HasSubstr("is a FIFO"));
}

TEST_F(InputFileTest, RefusesASocket) {
  const ipc_channel::transport::UniqueFd fd(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_LT(file_.size(), sizeof(address.sun_path));
  std::ranges::copy(file_, address.sun_path);
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
            0);
  EXPECT_THAT(WhyNot(file_), HasSubstr("is a socket"));
}

TEST_F(InputFileTest, RefusesACharacterDevice) {
  EXPECT_THAT(WhyNot("/dev/null"), HasSubstr("is a character device"));
}

}  // namespace
}  // namespace wordcount
