#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "ipc_channel/testing/internal/open_descriptors.h"

namespace ipc_channel_testing::internal {
namespace {

constexpr long kScanLimit = 65536;

std::optional<int> ParseNumber(std::string_view text) {
  int number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::string_view TypeName(mode_t mode) {
  if (S_ISSOCK(mode)) return "socket";
  if (S_ISFIFO(mode)) return "pipe";
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  if (S_ISCHR(mode)) return "character device";
  return "object";
}

std::string DescribeByStat(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return "unknown";
  return std::string(TypeName(info.st_mode)) + " " +
         std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

// Where the directory's entries are links (Linux) they name the object.
std::string Describe(const std::string& link, int fd) {
  char target[PATH_MAX];
  const ssize_t size = readlink(link.c_str(), target, sizeof(target));
  if (size < 0) return DescribeByStat(fd);
  return std::string(target, size);
}

}  // namespace

std::optional<OpenDescriptors> ListFromDirectory(const std::string& directory) {
  DIR* const dir = opendir(directory.c_str());
  if (dir == nullptr) return std::nullopt;
  OpenDescriptors descriptors;
  while (const dirent* entry = readdir(dir)) {
    const std::optional<int> fd = ParseNumber(entry->d_name);
    if (!fd.has_value() || *fd == dirfd(dir)) continue;
    descriptors[*fd] = Describe(directory + "/" + entry->d_name, *fd);
  }
  closedir(dir);
  return descriptors;
}

OpenDescriptors ListByScan() {
  OpenDescriptors descriptors;
  const long limit = sysconf(_SC_OPEN_MAX);
  const long end = limit < 0 ? kScanLimit : std::min(limit, kScanLimit);
  for (int fd = 0; fd < end; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) descriptors[fd] = DescribeByStat(fd);
  }
  return descriptors;
}

OpenDescriptors ListOpenDescriptors() {
#if defined(__linux__)
  if (auto descriptors = ListFromDirectory("/proc/self/fd")) {
    return *std::move(descriptors);
  }
#endif
  return ListByScan();
}

}  // namespace ipc_channel_testing::internal
