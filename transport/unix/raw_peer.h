#ifndef IPC_CHANNEL_TRANSPORT_UNIX_RAW_PEER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_RAW_PEER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// A receiver of the library and the bare socket at its other end, for tests
// that send what no sender would. Speaks the wire format without the library's
// help.
class RawPeer {
 public:
  RawPeer();

  Receiver& receiver() { return receiver_; }
  const UniqueFd& socket() const { return socket_; }
  void Close() { socket_.Reset(); }

  // Sends one packet with `descriptors`; a test failure if it cannot be sent.
  void Send(std::span<const std::byte> packet,
            const std::vector<int>& descriptors = {}) const;

  // Sends a well-formed message and expects exactly that to come next.
  void ExpectGoodMessageArrives();

  // Expects `packet` to be refused as malformed, with nothing else harmed.
  void ExpectMalformed(std::span<const std::byte> packet,
                       const std::vector<int>& descriptors = {});

 private:
  UniqueFd socket_;
  Receiver receiver_;
};

// Sends one packet over any socket; a test failure if it cannot be sent.
void RawSend(const UniqueFd& socket, std::span<const std::byte> packet,
             const std::vector<int>& descriptors);

// Parts of packets.
std::vector<std::byte> RawHeader(std::uint32_t handles, std::uint64_t payload,
                                 int flags = 0);
// `detail`: the size of memory, the hint of a sender.
std::vector<std::byte> RawEntry(std::uint32_t kind, std::uint64_t detail = 0,
                                std::uint32_t flags = 0);
std::vector<std::byte> operator+(std::vector<std::byte> left,
                                 std::span<const std::byte> right);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_RAW_PEER_H_
