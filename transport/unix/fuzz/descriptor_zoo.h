#ifndef IPC_CHANNEL_TRANSPORT_UNIX_FUZZ_DESCRIPTOR_ZOO_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_FUZZ_DESCRIPTOR_ZOO_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Descriptors of many kinds, such as a hostile peer could attach to a packet:
// files, pipes, memory objects with all sorts of seals, sockets of all sorts
// with whatever lies in them. The input says which. Owns all it makes.
// Thread-compatible.
class DescriptorZoo {
 public:
  // `own_end`: the peer's end of the channel under test, which may be attached
  // like any other.
  explicit DescriptorZoo(BorrowedFd own_end) : own_end_(own_end) {}

  struct Animal {
    BorrowedFd descriptor;
    // What it holds, in bytes, where that can be said.
    std::uint64_t content_bytes = 0;
  };

  // Makes the next one.
  Animal Make(ipc_channel_testing::FuzzInput& input);

  // The receiving end of a pair in whose queue `packets` lie, or as many of
  // them as fit. The sending end is open if `stays_open`.
  struct Packet {
    std::span<const std::byte> bytes;
    std::vector<BorrowedFd> descriptors;
  };
  BorrowedFd SocketWith(std::span<const Packet> packets, bool stays_open);

 private:
  BorrowedFd Keep(int descriptor);
  BorrowedFd Keep(UniqueFd descriptor);
  Animal MakeFile(std::size_t which);
  Animal MakeSocket(std::size_t which, std::uint8_t of_type);
  Animal MakeMemory(ipc_channel_testing::FuzzInput& input);
  Animal MakeReceiver(ipc_channel_testing::FuzzInput& input);
  Animal MakeCarrier(ipc_channel_testing::FuzzInput& input);
  Animal MakeDataSocket(ipc_channel_testing::FuzzInput& input);
  bool IsFull() const { return kept_.size() >= kMostKept; }

  static constexpr std::size_t kMostKept = 200;

  BorrowedFd own_end_;
  std::vector<UniqueFd> kept_;
  int depth_ = 0;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_FUZZ_DESCRIPTOR_ZOO_H_
