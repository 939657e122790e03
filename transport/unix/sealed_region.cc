#include "ipc_channel/transport/unix/sealed_region.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/object_memory.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// Linux 5.1. By number: F_SEAL_FUTURE_WRITE is not in every header.
constexpr int kSealFutureWrite = 0x0010;
constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

struct Due {
  int seals;
  int other_seals_refused;
  bool memory_behind_all;
};

template <class Byte>
class MappedRegion final : public BasicRegion<Byte> {
 public:
  MappedRegion(std::span<Byte> bytes, UniqueFd object, Mapping mapping)
      : BasicRegion<Byte>(bytes),
        object_(std::move(object)),
        mapping_(std::move(mapping)) {}

  BorrowedFd descriptor() const override { return object_.Borrow(); }

 private:
  UniqueFd object_;
  Mapping mapping_;
};

bool IsSealed(BorrowedFd object, const Due& due) {
  const int seals = ::fcntl(object.get(), F_GET_SEALS);
  return seals >= 0 && (seals & due.seals) == due.seals &&
         (seals & due.other_seals_refused) == 0;
}

// A checked object: its status, and kWhole also if it need not be.
struct Checked {
  struct stat status = {};
  Backing backing = Backing::kWhole;
};

absl::StatusOr<Checked> Check(BorrowedFd object, std::size_t size,
                              const Due& due, const WholeObjects& known) {
  if (!IsSealed(object, due) || !IsPlainMemory(object)) {
    return absl::DataLossError("not a memory object sealed as is due");
  }
  Checked checked;
  struct stat& status = checked.status;
  if (::fstat(object.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) != size) {
    return absl::DataLossError("a memory object's size is not as declared");
  }
  if (!due.memory_behind_all || known.Contains(status)) return checked;
  checked.backing = BackingOf(object, status);
  if (checked.backing == Backing::kSparse) {
    return absl::DataLossError("a memory object has holes");
  }
  return checked;
}

using Map = absl::StatusOr<Mapping>(BorrowedFd object, std::size_t size);

absl::StatusOr<Mapping> CheckAndMap(BorrowedFd object, std::size_t size,
                                    const Due& due, Map* map,
                                    WholeObjects& known) {
  const absl::StatusOr<Checked> checked = Check(object, size, due, known);
  if (!checked.ok()) return checked.status();
  absl::StatusOr<Mapping> mapping = map(object, size);
  if (mapping.ok() && checked->backing == Backing::kUnknown) {
    absl::Status populated = mapping->Populate();
    if (!populated.ok()) return populated;
  }
  if (mapping.ok() && due.memory_behind_all) known.Add(checked->status);
  if (mapping.ok() || absl::IsResourceExhausted(mapping.status())) {
    return mapping;
  }
  // A descriptor without the right to read or write, say.
  return absl::DataLossError(mapping.status().message());
}

constexpr Due kSealedDue = {.seals = kSizeSeals | F_SEAL_WRITE,
                            .other_seals_refused = 0,
                            .memory_behind_all = true};

absl::StatusOr<RegionPtr> MapForReading(UniqueFd object, std::size_t size,
                                        const Due& due, Map* map,
                                        WholeObjects& known) {
  absl::StatusOr<Mapping> mapping =
      CheckAndMap(object.Borrow(), size, due, map, known);
  if (!mapping.ok()) return mapping.status();
  const std::span<const std::byte> bytes = mapping->bytes();
  return std::make_shared<const MappedRegion<const std::byte>>(
      bytes, std::move(object), *std::move(mapping));
}

}  // namespace

bool WholeObjects::Contains(const struct stat& status) const {
  const std::pair object(status.st_dev, status.st_ino);
  return std::ranges::find(objects_, object) != objects_.end();
}

void WholeObjects::Add(const struct stat& status) {
  if (!Contains(status)) objects_.emplace_back(status.st_dev, status.st_ino);
}

absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size,
                                          WholeObjects& known) {
  return MapForReading(std::move(object), size, kSealedDue, Mapping::ReadOnly,
                       known);
}

absl::StatusOr<RegionPtr> MapReadOnlyRegion(UniqueFd object, std::size_t size,
                                            WholeObjects& known) {
  return MapForReading(std::move(object), size,
                       {.seals = kSizeSeals | kSealFutureWrite,
                        .other_seals_refused = F_SEAL_WRITE,
                        .memory_behind_all = true},
                       Mapping::SharedReadOnly, known);
}

absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size) {
  WholeObjects none;
  return MapSealedRegion(std::move(object), size, none);
}

absl::StatusOr<RegionPtr> MapSealedPayload(UniqueFd object, std::size_t size) {
  WholeObjects none;
  absl::StatusOr<Mapping> mapping =
      CheckAndMap(object.Borrow(), size, kSealedDue, Mapping::ReadOnly, none);
  if (!mapping.ok()) return mapping.status();
  const std::span<const std::byte> bytes = mapping->bytes();
  return std::make_shared<const MappedRegion<const std::byte>>(
      bytes, UniqueFd(), *std::move(mapping));
}

absl::StatusOr<RegionPtr> MapReadOnlyRegion(UniqueFd object, std::size_t size) {
  WholeObjects none;
  return MapReadOnlyRegion(std::move(object), size, none);
}

absl::StatusOr<WritableRegionPtr> MapMutableRegion(UniqueFd object,
                                                   std::size_t size) {
  constexpr Due kDue = {.seals = kSizeSeals,
                        .other_seals_refused = F_SEAL_WRITE | kSealFutureWrite,
                        .memory_behind_all = false};
  WholeObjects none;
  absl::StatusOr<Mapping> mapping =
      CheckAndMap(object.Borrow(), size, kDue, Mapping::SharedReadWrite, none);
  if (!mapping.ok()) return mapping.status();
  const std::span<std::byte> bytes = mapping->writable_bytes();
  return std::make_shared<const MappedRegion<std::byte>>(
      bytes, std::move(object), *std::move(mapping));
}

}  // namespace ipc_channel::transport::unix_backend
