#include "ipc_channel/transport/unix/sealed_region.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/object_memory.h"

namespace ipc_channel::transport::unix_backend {
namespace {

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

bool HasExactlyAndInMemory(BorrowedFd object, std::size_t size) {
  struct stat status = {};
  if (::fstat(object.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  return static_cast<std::uint64_t>(status.st_size) == size &&
         HasAllItsMemory(status);
}

}  // namespace

absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size) {
  const BorrowedFd borrowed = object.Borrow();
  if (!IsSealed(borrowed) || !IsPlainMemory(borrowed)) {
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
