#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/sealed_region.h"

namespace ipc_channel::transport {
namespace {

class WriterRegion final : public WritableRegion {
 public:
  explicit WriterRegion(unix_backend::Mapping mapping)
      : WritableRegion(mapping.writable_bytes()),
        mapping_(std::move(mapping)) {}

  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  unix_backend::Mapping mapping_;
};

absl::StatusOr<WriterAndMemory> NewReadOnlyMemory(std::size_t size) {
  absl::StatusOr<unix_backend::ReadOnlyObject> made =
      unix_backend::NewReadOnlyObject(size);
  if (!made.ok()) return made.status();
  absl::StatusOr<RegionPtr> region =
      unix_backend::MapReadOnlyRegion(std::move(made->object), size);
  if (!region.ok()) return region.status();
  return WriterAndMemory{
      .writer =
          MemoryWriter(std::make_shared<WriterRegion>(std::move(made->writer))),
      .memory = ReadOnlyMemory(*std::move(region))};
}

}  // namespace

absl::StatusOr<WriterAndMemory> CreateReadOnlyMemory(std::size_t size) {
  if (size == 0) return WriterAndMemory();
  return OrOutOfMemory([size] { return NewReadOnlyMemory(size); });
}

}  // namespace ipc_channel::transport
