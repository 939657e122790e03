#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_WIRE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_WIRE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

// The wire format, written down a second time: the hostile peer shares no code
// with the library, so that a mistake there is none here.
namespace ipc_channel_hostile {

using Bytes = std::vector<std::uint8_t>;

constexpr int kInObject = 1;
constexpr int kInHelper = 2;
constexpr int kInCarrier = 4;

constexpr std::uint32_t kSender = 1;
constexpr std::uint32_t kReceiver = 2;
constexpr std::uint32_t kShared = 3;
constexpr std::uint32_t kDescriptor = 4;
constexpr std::uint32_t kMutable = 5;
constexpr std::uint32_t kReadOnly = 6;

// Of an entry: its memory lies in a carrier.
constexpr std::uint32_t kMemoryInCarrier = 1;

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

// An owned descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Fd();

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  void Close() { *this = Fd(); }

 private:
  int number_ = -1;
};

Bytes Header(std::uint32_t handles, std::uint64_t payload, int flags = 0);
// `detail`: the size of memory, the hint of a sender.
Bytes Entry(std::uint32_t kind, std::uint64_t detail = 0,
            std::uint32_t flags = 0);
Bytes Entries(std::size_t count, std::uint32_t kind, std::uint64_t detail = 0);
Bytes operator+(Bytes left, const Bytes& right);
Bytes Text(std::string_view text);
Bytes Zeros(std::size_t count);
Bytes Prefix(const Bytes& bytes, std::size_t count);
// Writes the low `size` bytes of `value` over those at `at`, least first.
void Patch(Bytes& bytes, std::size_t at, std::size_t size, std::uint64_t value);

// Numbers without rhyme that are the same in every run.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint64_t Next();
  std::size_t Below(std::size_t limit) { return Next() % limit; }

 private:
  std::uint64_t state_;
};

// Sends one packet; waits for room. Gives 0 or an errno.
int SendPacket(int socket, const Bytes& packet,
               const std::vector<int>& descriptors = {}, int flags = 0);

struct Pair {
  Fd sending;
  Fd receiving;
};
// Of two SOCK_SEQPACKET sockets. Without descriptors left it aborts.
Pair NewPair();

struct Pipe {
  Fd read_end;
  Fd write_end;
};
Pipe NewPipe();

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_WIRE_H_
