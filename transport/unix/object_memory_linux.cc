#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "ipc_channel/transport/unix/object_memory.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// st_blocks counts in these, whatever the file system's own block is.
constexpr std::uint64_t kStatBlockBytes = 512;

// cachestat(), Linux 6.5: glibc 2.36 knows nothing of it. The number is the
// same for all machines.
constexpr long kCachestatCall = 451;
struct CachestatRange {
  std::uint64_t offset;
  std::uint64_t size;
};
struct Cachestat {
  std::uint64_t cached;
  std::uint64_t dirty;
  std::uint64_t in_writeback;
  std::uint64_t evicted;  // to swap
  std::uint64_t recently_evicted;
};

std::uint64_t RoundedUp(std::uint64_t size, std::uint64_t unit) {
  return size / unit + (size % unit > 0 ? 1 : 0);
}

// How many pages lie behind the first `size` bytes; nothing where the kernel or
// a filter of system calls does not tell. Takes no lock that others hold.
std::optional<std::uint64_t> PagesOf(BorrowedFd object, std::uint64_t size) {
  CachestatRange range = {.offset = 0, .size = size};
  Cachestat stat = {};
  if (::syscall(kCachestatCall, object.get(), &range, &stat, 0) != 0) {
    return std::nullopt;
  }
  return stat.cached + stat.evicted;
}

}  // namespace

// A huge-page object, in hugetlbfs, may run out of pages.
bool IsPlainMemory(BorrowedFd sealed_object) {
  struct statfs file_system = {};
  return ::fstatfs(sealed_object.get(), &file_system) == 0 &&
         file_system.f_type == TMPFS_MAGIC;
}

// st_blocks is cheap and tells honest mistakes. It is no proof: blocks beyond
// the end (FALLOC_FL_KEEP_SIZE) count, and their maker can free them under any
// seals by truncating to the same size. So the pages are counted, too.
Backing BackingOf(BorrowedFd sealed_object, const struct stat& status) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (static_cast<std::uint64_t>(status.st_blocks) <
      RoundedUp(size, kStatBlockBytes)) {
    return Backing::kSparse;
  }
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  // Again, for a page that is on its way to swap or back may be missed.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::optional<std::uint64_t> pages = PagesOf(sealed_object, size);
    if (!pages.has_value()) return Backing::kUnknown;
    if (*pages >= RoundedUp(size, page_bytes)) return Backing::kWhole;
  }
  return Backing::kSparse;
}

}  // namespace ipc_channel::transport::unix_backend
