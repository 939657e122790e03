#include "ipc_channel/testing/fd_leak_check.h"

#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/testing/internal/open_descriptors.h"

namespace ipc_channel_testing {
namespace {

using internal::OpenDescriptors;

std::string Line(const char* what, int fd, const std::string& target) {
  return std::string("\n  ") + what + " " + std::to_string(fd) + " -> " +
         target;
}

std::string Differences(const OpenDescriptors& before,
                        const OpenDescriptors& after) {
  std::string text;
  for (const auto& [fd, target] : after) {
    const auto old = before.find(fd);
    if (old == before.end()) {
      text += Line("left open:", fd, target);
    } else if (old->second != target) {
      text += Line("replaced:", fd, old->second + ", now " + target);
    }
  }
  for (const auto& [fd, target] : before) {
    if (!after.contains(fd)) text += Line("closed:", fd, target);
  }
  return text;
}

}  // namespace

FdLeakCheck::FdLeakCheck() : before_(internal::ListOpenDescriptors()) {}

::testing::AssertionResult FdLeakCheck::NoLeak() const {
  const OpenDescriptors after = internal::ListOpenDescriptors();
  const std::string differences = Differences(before_, after);
  if (differences.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << before_.size() << " descriptors were open before, " << after.size()
         << " after:" << differences;
}

ExpectNoFdLeak::~ExpectNoFdLeak() { EXPECT_TRUE(check_.NoLeak()); }

}  // namespace ipc_channel_testing
