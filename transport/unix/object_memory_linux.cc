#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdint>

#include "ipc_channel/transport/unix/object_memory.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// st_blocks counts in these, whatever the file system's own block is.
constexpr std::uint64_t kStatBlockBytes = 512;

}  // namespace

// A huge-page object, in hugetlbfs, may run out of pages.
bool IsPlainMemory(BorrowedFd sealed_object) {
  struct statfs file_system = {};
  return ::fstatfs(sealed_object.get(), &file_system) == 0 &&
         file_system.f_type == TMPFS_MAGIC;
}

bool HasAllItsMemory(const struct stat& status) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return static_cast<std::uint64_t>(status.st_blocks) >=
         (size + kStatBlockBytes - 1) / kStatBlockBytes;
}

}  // namespace ipc_channel::transport::unix_backend
