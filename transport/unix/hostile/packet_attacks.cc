// Bytes that are no packet of ours, or one that lies about itself.

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

constexpr std::array<std::uint64_t, 12> kExtremes = {
    0x7f,       0x80,       0xff,       0x8000,     0xffff,     0x7fffffff,
    0x80000000, 0xffffffff, 1ull << 45, 1ull << 62, 1ull << 63, ~0ull};

void ShortPackets(Round& round) {
  const Bytes whole = Header(0, 0);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    round.Bad(Prefix(whole, size));
    round.Bad(Zeros(size));
  }
}

void ShortPacketsWithASocket(Round& round) {
  const Pair pair = NewPair();
  const Bytes whole = Header(0, 0);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    round.Bad(Prefix(whole, size), {pair.receiving.get()});
  }
}

void EmptyPackets(Round& round) {
  const Pipe pipe = NewPipe();
  for (int i = 0; i < 3; ++i) round.Bad({});
  round.Bad({}, {pipe.read_end.get(), pipe.write_end.get()});
}

// A sender, a descriptor, shared memory without bytes, and 20 bytes.
struct Whole {
  Pair pair = NewPair();
  Pipe pipe = NewPipe();
  Bytes packet = Header(3, 20) + Entry(kSender) + Entry(kDescriptor) +
                 Entry(kShared) + Zeros(20);
  std::vector<int> descriptors = {pair.sending.get(), pipe.read_end.get()};
};

void EveryPrefixOfAGoodPacket(Round& round) {
  const Whole whole;
  for (std::size_t size = 0; size < whole.packet.size(); ++size) {
    round.Bad(Prefix(whole.packet, size), whole.descriptors);
    round.Bad(Prefix(whole.packet, size));
  }
}

void EveryByteOfAGoodPacketChanged(Round& round) {
  const Whole whole;
  for (std::size_t at = 0; at < whole.packet.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes packet = whole.packet;
      packet[at] = static_cast<std::uint8_t>(value);
      round.Odd(packet, whole.descriptors);
    }
  }
}

void TrailingBytes(Round& round) {
  const Whole whole;
  for (const std::size_t more : {1, 15, 16, 17, 4096, 60'000}) {
    round.Bad(Header(0, 4) + Text("four") + Zeros(more));
    round.Bad(whole.packet + Zeros(more), whole.descriptors);
  }
}

void ExtremesOf(Round& round, std::size_t at, std::size_t size) {
  const Pair pair = NewPair();
  const Bytes good = Header(0, 4) + Text("four");
  for (const std::uint64_t extreme : kExtremes) {
    if (size < 8 && extreme >> (8 * size) != 0) continue;
    Bytes packet = good;
    Patch(packet, at, size, extreme);
    round.Bad(packet);
    round.Bad(packet, {pair.receiving.get()});
  }
}

void Magic(Round& round) { ExtremesOf(round, 0, 2); }
void Version(Round& round) { ExtremesOf(round, 2, 1); }
void HandleCount(Round& round) { ExtremesOf(round, 4, 4); }
void PayloadSize(Round& round) { ExtremesOf(round, 8, 8); }

void EveryFlag(Round& round) {
  const Pair pair = NewPair();
  for (int flags = 1; flags < 256; ++flags) {
    round.Bad(Header(0, 4, flags) + Text("four"));
    round.Bad(Header(0, 4, flags) + Text("four"), {pair.receiving.get()});
    round.Bad(Header(0, 4, flags), {pair.receiving.get()});
  }
}

void HandlesWithoutEntries(Round& round) {
  for (const std::uint32_t count : {1, 2, 252, 253, 254, 1023, 1024, 1025}) {
    round.Bad(Header(count, 0));
    round.Bad(Header(count, 0, kInHelper));
    round.Bad(Header(count, 16) + Zeros(16));
  }
}

// Sizes that make others wrap round when something is added or subtracted.
void SizesThatOverflow(Round& round) {
  const Pair pair = NewPair();
  for (std::uint64_t back = 0; back <= 40; back += 4) {
    for (const int flags : {0, kInObject, kInCarrier}) {
      round.Bad(Header(0, 0 - back - 1, flags) + Zeros(24),
                {pair.receiving.get()});
      round.Bad(Header(1, 0 - back - 1, flags) + Entry(kReceiver) + Zeros(24),
                {pair.receiving.get()});
    }
  }
}

// What would be the first of many fragments elsewhere.
void ClaimOfMoreThanComes(Round& round) {
  const Pair pair = NewPair();
  for (const std::uint64_t claim :
       {std::uint64_t{1'000}, kGibibyte, kGibibyte + 1, std::uint64_t{1} << 45,
        std::uint64_t{1} << 62}) {
    round.Bad(Header(0, claim) + Zeros(500));
    round.Bad(Header(0, claim) + Zeros(500), {pair.receiving.get()});
  }
}

void ClaimOfLessThanComes(Round& round) {
  const Pair pair = NewPair();
  for (const std::uint64_t claim : {0, 1, 499}) {
    round.Bad(Header(0, claim) + Zeros(500));
    round.Bad(Header(0, claim) + Zeros(500), {pair.receiving.get()});
  }
}

void PacketsBeyondAnyBuffer(Round& round) {
  int size = 1 << 20;
  ::setsockopt(round.socket(), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
  const Pipe pipe = NewPipe();
  const std::vector<int> many(253, pipe.read_end.get());
  for (const std::size_t bytes : {80'000, 150'000}) {
    round.Bad(Header(0, bytes) + Zeros(bytes));
    round.Bad(Header(0, bytes) + Zeros(bytes), many);
  }
}

void RandomBytes(Round& round) {
  const Pipe pipe = NewPipe();
  Random random(static_cast<std::uint64_t>(round.number()));
  for (int i = 0; i < 100; ++i) {
    Bytes packet(random.Below(300));
    for (std::uint8_t& byte : packet) {
      byte = static_cast<std::uint8_t>(random.Next());
    }
    packet.resize(packet.size() + 1);  // 0: the magic number is no accident
    packet[0] = 0;
    round.Bad(packet, std::vector<int>(random.Below(4), pipe.read_end.get()));
  }
}

void RandomChangesOfAGoodPacket(Round& round) {
  const Whole whole;
  Random random(static_cast<std::uint64_t>(round.number()) + 1'000'000);
  for (int i = 0; i < 200; ++i) {
    Bytes packet = whole.packet;
    for (std::size_t changes = 1 + random.Below(4); changes > 0; --changes) {
      packet[random.Below(packet.size())] =
          static_cast<std::uint8_t>(random.Next());
    }
    round.Odd(packet, whole.descriptors);
  }
}

void FlagsOfTheSystemCall(Round& round) {
  for (const int flag :
       {MSG_EOR, MSG_MORE, MSG_CONFIRM, MSG_DONTROUTE, MSG_FIN, MSG_SYN,
        MSG_RST, MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE, MSG_PEEK}) {
    if (SendPacket(round.socket(), Header(0, 4) + Text("flag"), {}, flag) ==
        0) {
      round.CountFine();
    }
  }
  Check(SendPacket(round.socket(), Header(0, 0), {}, MSG_OOB) == EOPNOTSUPP,
        "out of band data is possible");
}

// Sends one good packet with two control messages, of `type` and of rights.
bool SendWithControl(int socket, int type, const void* data, std::size_t size) {
  const Pipe pipe = NewPipe();
  Bytes packet = Header(1, 0) + Entry(kDescriptor);
  iovec part = {.iov_base = packet.data(), .iov_len = packet.size()};
  alignas(cmsghdr) char room[256] = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = room;
  header.msg_controllen = CMSG_SPACE(size) + CMSG_SPACE(sizeof(int));
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(control), data, size);
  control = CMSG_NXTHDR(&header, control);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = pipe.read_end.get();
  std::memcpy(CMSG_DATA(control), &number, sizeof(number));
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) >= 0;
}

void ForeignControlData(Round& round) {
  const ucred self = {.pid = ::getpid(), .uid = ::getuid(), .gid = ::getgid()};
  Check(SendWithControl(round.socket(), SCM_CREDENTIALS, &self, sizeof(self)),
        "credentials");
  round.CountFine();
  const std::array<char, 16> junk = {};
  constexpr int kSecurity = 3;  // SCM_SECURITY
  constexpr int kPidfd = 4;     // SCM_PIDFD
  for (const int type : {kSecurity, kPidfd, SCM_TIMESTAMP, 77}) {
    if (SendWithControl(round.socket(), type, junk.data(), 4)) {
      round.CountFine();
    }
  }
  // Two loads of descriptors, where one is due.
  const int standard_error = STDERR_FILENO;
  Check(SendWithControl(round.socket(), SCM_RIGHTS, &standard_error,
                        sizeof(standard_error)),
        "two loads of descriptors");
  round.CountBad();
}

void Silence(Round&) { ::poll(nullptr, 0, 20); }

void KilledHolderWhileOthersHoldTheEnd(Round& round) {
  const Pair pair = NewPair();
  InDoomedChild([&] {
    SendPacket(round.socket(), Header(0, 1 << 20) + Zeros(1'000),
               {pair.receiving.get()});
  });
  round.CountBad();
}

void KilledAfterHalfATransfer(Round& round) {
  const Pair pair = NewPair();
  InDoomedChild([&] {
    SendPacket(round.socket(), Header(0, 1 << 20, kInCarrier),
               {pair.receiving.get()});
    SendPacket(pair.sending.get(), Zeros(10'000));
  });
  round.CountBad();
  round.CloseSocket();
  round.Finish();
}

void GoesAwayWithoutAWord(Round& round) {
  round.CloseSocket();
  round.Finish();
}

void GoesAwayAfterEmptyPackets(Round& round) {
  // Behind the last packet with bytes they cannot be told from the end.
  for (int i = 0; i < 3; ++i) round.Odd({});
  round.CloseSocket();
  round.Finish();
}

}  // namespace

std::vector<Attack> PacketAttacks() {
  return {
      {"ShortPackets", ShortPackets},
      {"ShortPacketsWithASocket", ShortPacketsWithASocket},
      {"EmptyPackets", EmptyPackets},
      {"EveryPrefixOfAGoodPacket", EveryPrefixOfAGoodPacket},
      {"EveryByteOfAGoodPacketChanged", EveryByteOfAGoodPacketChanged},
      {"TrailingBytes", TrailingBytes},
      {"MagicAtItsExtremes", Magic},
      {"VersionAtItsExtremes", Version},
      {"EveryFlag", EveryFlag},
      {"HandleCountAtItsExtremes", HandleCount},
      {"PayloadSizeAtItsExtremes", PayloadSize},
      {"HandlesWithoutEntries", HandlesWithoutEntries},
      {"SizesThatOverflow", SizesThatOverflow},
      {"ClaimOfMoreThanComes", ClaimOfMoreThanComes},
      {"ClaimOfLessThanComes", ClaimOfLessThanComes},
      {"PacketsBeyondAnyBuffer", PacketsBeyondAnyBuffer},
      {"RandomBytes", RandomBytes},
      {"RandomChangesOfAGoodPacket", RandomChangesOfAGoodPacket},
      {"FlagsOfTheSystemCall", FlagsOfTheSystemCall},
      {"ForeignControlData", ForeignControlData},
      {"Silence", Silence},
      {"KilledHolderWhileOthersHoldTheEnd", KilledHolderWhileOthersHoldTheEnd},
      {"KilledAfterHalfATransfer", KilledAfterHalfATransfer},
      {"GoesAwayWithoutAWord", GoesAwayWithoutAWord},
      {"GoesAwayAfterEmptyPackets", GoesAwayAfterEmptyPackets},
  };
}

}  // namespace ipc_channel_hostile
