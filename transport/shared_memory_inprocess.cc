#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {
namespace {

class HeapRegion final : public Region {
 public:
  HeapRegion(std::unique_ptr<std::byte[]> bytes, std::size_t size)
      : Region({bytes.get(), size}), bytes_(std::move(bytes)) {}

  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

}  // namespace

absl::StatusOr<SharedMemory> SharedMemory::CopyOf(
    std::span<const std::byte> bytes) {
  return Create(bytes.size(), [bytes](std::span<std::byte> block) {
    std::ranges::copy(bytes, block.begin());
  });
}

absl::StatusOr<SharedMemory> SharedMemory::Create(std::size_t size,
                                                  Filler fill) {
  if (size == 0) return SharedMemory();
  std::unique_ptr<std::byte[]> bytes(new (std::nothrow) std::byte[size]());
  if (bytes == nullptr) return absl::ResourceExhaustedError("out of memory");
  fill({bytes.get(), size});
  return SharedMemory(std::make_shared<HeapRegion>(std::move(bytes), size));
}

}  // namespace ipc_channel::transport
