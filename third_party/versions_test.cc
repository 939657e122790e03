// The libraries' headers are of versions this project supports, and what was
// linked is of the same version as the headers. Bazel does not see that the
// system's packages in /usr have changed; this does.

#include <regex>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/stubs/common.h"
#include "gtest/gtest.h"

#if __has_include(<link.h>)
#include <link.h>
#define IPC_CHANNEL_CAN_LIST_LOADED_LIBRARIES 1
#endif

static_assert(__cplusplus >= 202002L, "the build sets the language standard");

#if defined(ABSL_LTS_RELEASE_VERSION)
static_assert(ABSL_LTS_RELEASE_VERSION >= 20220623);
#endif

static_assert(GOOGLE_PROTOBUF_VERSION >= 3021000);

// GoogleTest has no version macro; this came with 1.12.
#if !defined(GTEST_FLAG_SET)
#error "GoogleTest is older than 1.12"
#endif

namespace ipc_channel {
namespace {

#if defined(IPC_CHANNEL_CAN_LIST_LOADED_LIBRARIES)

int AppendName(dl_phdr_info* info, size_t /*size*/, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(info->dlpi_name);
  return 0;
}

std::vector<std::string> LoadedLibraries() {
  std::vector<std::string> names;
  dl_iterate_phdr(&AppendName, &names);
  return names;
}

TEST(VersionsTest, LoadedLibrariesCanBeListed) {
  EXPECT_THAT(LoadedLibraries(),
              ::testing::Contains(::testing::HasSubstr("libc")));
}

#if defined(ABSL_LTS_RELEASE_VERSION)
TEST(VersionsTest, SharedAbseilIsOfTheVersionOfItsHeaders) {
  // Keeps the library linked.
  ASSERT_EQ(absl::AbortedError("x").message(), "x");
  const std::regex shared_abseil(R"(.*/libabsl_\w+\.so\.(\d{8})[.\d]*)");
  for (const std::string& name : LoadedLibraries()) {
    std::smatch match;
    if (!std::regex_match(name, match, shared_abseil)) continue;
    EXPECT_EQ(match[1], std::to_string(ABSL_LTS_RELEASE_VERSION)) << name;
  }
}
#endif

#endif  // defined(IPC_CHANNEL_CAN_LIST_LOADED_LIBRARIES)

TEST(VersionsTest, LinkedProtobufIsOfTheVersionOfItsHeaders) {
  GOOGLE_PROTOBUF_VERIFY_VERSION;  // ends the process if it is not
}

}  // namespace
}  // namespace ipc_channel
