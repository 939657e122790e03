#include "ipc_channel/transport/unix/sealed_region.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// st_blocks counts in these, whatever the file system's own block is.
constexpr std::uint64_t kStatBlockBytes = 512;

class SealedRegion final : public Region {
 public:
  SealedRegion(UniqueFd object, Mapping mapping)
      : Region(mapping.bytes()),
        object_(std::move(object)),
        mapping_(std::move(mapping)) {}

  BorrowedFd descriptor() const override { return object_.Borrow(); }

 private:
  UniqueFd object_;
  Mapping mapping_;
};

bool IsSealed(BorrowedFd object) {
  constexpr int kRequired =
      F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  const int seals = ::fcntl(object.get(), F_GET_SEALS);
  return seals >= 0 && (seals & kRequired) == kRequired;
}

bool IsInTmpfs(BorrowedFd object) {
  struct statfs file_system = {};
  return ::fstatfs(object.get(), &file_system) == 0 &&
         file_system.f_type == TMPFS_MAGIC;
}

bool HasExactlyAndInMemory(BorrowedFd object, std::size_t size) {
  struct stat status = {};
  if (::fstat(object.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  return static_cast<std::uint64_t>(status.st_size) == size &&
         static_cast<std::uint64_t>(status.st_blocks) >=
             (size + kStatBlockBytes - 1) / kStatBlockBytes;
}

}  // namespace

absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size) {
  const BorrowedFd borrowed = object.Borrow();
  if (!IsSealed(borrowed) || !IsInTmpfs(borrowed)) {
    return absl::DataLossError("not a sealed memory object");
  }
  if (!HasExactlyAndInMemory(borrowed, size)) {
    return absl::DataLossError("a memory object's size is not as declared");
  }
  absl::StatusOr<Mapping> mapping = Mapping::ReadOnly(borrowed, size);
  if (absl::IsResourceExhausted(mapping.status())) return mapping.status();
  // A descriptor without the right to read, say.
  if (!mapping.ok()) return absl::DataLossError(mapping.status().message());
  return std::make_shared<const SealedRegion>(std::move(object),
                                              *std::move(mapping));
}

}  // namespace ipc_channel::transport::unix_backend
