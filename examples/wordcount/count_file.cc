#include "ipc_channel/examples/wordcount/count_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/word_counter.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/transport/unique_fd.h"

namespace wordcount {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

ssize_t ReadAt(int fd, std::span<std::byte> into, std::uint64_t offset) {
  ssize_t count;
  do {
    count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

absl::StatusOr<WordCounts> CountFile(ipc_channel::transport::BorrowedFd file,
                                     AfterPiece after_piece) {
  WordCounter counter;
  std::vector<std::byte> buffer(kPieceBytes);
  std::uint64_t counted = 0;
  while (true) {
    const ssize_t size = ReadAt(file.get(), buffer, counted);
    if (size < 0) {
      return absl::UnknownError(std::generic_category().message(errno));
    }
    if (size == 0) return counter.Finish();
    counter.Add(std::span(buffer).first(static_cast<std::size_t>(size)));
    counted += static_cast<std::uint64_t>(size);
    if (!after_piece(counted)) return absl::CancelledError("told to stop");
  }
}

}  // namespace wordcount
