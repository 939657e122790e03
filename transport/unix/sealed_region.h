#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// The objects that were found to have memory behind each byte. One for each
// message: a peer may put one object into many places of it, and looking for
// the memory behind a large one is work. Thread-compatible.
class WholeObjects {
 public:
  // True if the object of this `status` was added.
  bool Contains(const struct stat& status) const;
  void Add(const struct stat& status);

 private:
  std::vector<std::pair<dev_t, ino_t>> objects_;
};

// Each maps the memory object `object`, which a peer may have made, as `size`
// bytes (more than 0) that nobody can take away. Takes over the descriptor;
// closes it on failure. Thread-safe; does not block. No other system call is
// made on a received object: one that takes the lock of its inode (fallocate,
// write, F_ADD_SEALS) could be held up by its maker.
//
// DATA_LOSS unless the object is sealed as is due for its kind, lives in tmpfs
// (a huge-page object may run out of pages at a read), is of exactly `size`
// bytes, and its descriptor is open for what the mapping does with it.
// RESOURCE_EXHAUSTED without address space. Memory behind each byte, where it
// is due, is not looked for again in an object that is `known`.

// Bytes that cannot change any more, mapped for reading. Due are the seals
// against writing, shrinking, growing and other seals, and memory behind each
// byte (or a sparse object would make us pay for its maker's claims).
absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size,
                                          WholeObjects& known);

// The same for an object that came alone.
absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size);

// The same without keeping the descriptor, so that whoever keeps the region
// keeps a mapping only: for what is not sent on as an object.
absl::StatusOr<RegionPtr> MapSealedPayload(UniqueFd object, std::size_t size);

// Bytes that everybody writes, mapped for reading and writing. Due are the
// seals against shrinking, growing and other seals, and none against writing.
// Memory behind each byte is not: any holder can take it away (PUNCH_HOLE) and
// would so make the messages of others malformed.
absl::StatusOr<WritableRegionPtr> MapMutableRegion(UniqueFd object,
                                                   std::size_t size);

// Bytes that their maker alone writes, mapped for reading. Due are the seals
// against new writers, shrinking, growing and other seals, and memory behind
// each byte, which under these seals nobody can take away. Not the seal against
// all writers, under which older kernels refuse the mapping.
absl::StatusOr<RegionPtr> MapReadOnlyRegion(UniqueFd object, std::size_t size,
                                            WholeObjects& known);
absl::StatusOr<RegionPtr> MapReadOnlyRegion(UniqueFd object, std::size_t size);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_
