#include "ipc_channel/transport/scoped_limit.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "gtest/gtest.h"

namespace ipc_channel::transport {
namespace {

// Opens descriptors until there is no gap in their numbers.
std::vector<UniqueFd> FillGaps() {
  int highest = 0;
  for (int fd = 0; fd < 4'096; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) highest = fd;
  }
  std::vector<UniqueFd> fillers;
  do {
    fillers.emplace_back(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  } while (fillers.back().valid() && fillers.back().get() < highest);
  return fillers;
}

rlim_t FirstFreeNumber(const std::vector<UniqueFd>& fillers) {
  // What every failure at the limit goes through, for UBSan's sake.
  std::generic_category().message(EMFILE);
  return static_cast<rlim_t>(fillers.back().get()) + 1;
}

}  // namespace

ScopedLimit::ScopedLimit(int resource, rlim_t value) : resource_(resource) {
  EXPECT_EQ(::getrlimit(resource_, &before_), 0);
  const rlimit limit = {.rlim_cur = value, .rlim_max = before_.rlim_max};
  EXPECT_EQ(::setrlimit(resource_, &limit), 0);
}

ScopedLimit::~ScopedLimit() { EXPECT_EQ(::setrlimit(resource_, &before_), 0); }

ScopedDescriptorLimit::ScopedDescriptorLimit(int more)
    : fillers_(FillGaps()),
      limit_(RLIMIT_NOFILE,
             FirstFreeNumber(fillers_) + static_cast<rlim_t>(more)) {}

}  // namespace ipc_channel::transport
