#include "ipc_channel/transport/unix/private_region.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

class PrivateRegion final : public Region {
 public:
  explicit PrivateRegion(Mapping memory)
      : Region(memory.bytes()), memory_(std::move(memory)) {}

  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  Mapping memory_;
};

}  // namespace

absl::StatusOr<RegionPtr> PrivateRegionFilledBy(
    std::size_t size, absl::FunctionRef<void(std::span<std::byte>)> fill) {
  absl::StatusOr<Mapping> memory = Mapping::Private(size);
  if (!memory.ok()) return memory.status();
  fill(memory->writable_bytes());
  return PrivateRegionOf(*std::move(memory));
}

absl::StatusOr<RegionPtr> PrivateRegionOf(Mapping memory) {
  absl::Status made = memory.MakeReadOnly();
  if (!made.ok()) return made;
  return std::make_shared<const PrivateRegion>(std::move(memory));
}

}  // namespace ipc_channel::transport::unix_backend
