#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/decoder/read_file.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace decoder {
namespace {

using ipc_channel::transport::BorrowedFd;

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

// The bytes that were there to be read; 0 at the end.
absl::StatusOr<std::size_t> ReadPiece(BorrowedFd file, std::size_t offset,
                                      std::byte* piece) {
  while (true) {
    const ssize_t got =
        ::pread(file.get(), piece, kPieceBytes, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) {
      return ipc_channel::transport::ErrnoToStatus(errno, "pread");
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::byte>> ReadFile(BorrowedFd file) {
  std::vector<std::byte> content;
  while (true) {
    const std::size_t size = content.size();
    content.resize(size + kPieceBytes);
    const auto got = ReadPiece(file, size, content.data() + size);
    if (!got.ok()) return got.status();
    content.resize(size + *got);
    if (*got == 0) return content;
    if (content.size() > kMaxFileBytes) {
      return absl::OutOfRangeError("the file is too large");
    }
  }
}

}  // namespace decoder
