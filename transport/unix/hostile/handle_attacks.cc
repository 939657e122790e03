// Handles that are not what they are said to be, too many or too few.

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/odd_descriptors.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

void UnknownKinds(Round& round) {
  const Pipe pipe = NewPipe();
  for (const std::uint32_t kind :
       {0u, 7u, 8u, 0xffu, 0x100u, 0x104u, 0x80000000u, 0xffffffffu}) {
    round.Bad(Header(1, 0) + Entry(kind), {pipe.read_end.get()});
    round.Bad(Header(1, 0) + Entry(kind));
  }
}

void ReservedBytesOfEntries(Round& round) {
  const Pair pair = NewPair();
  const std::vector<int> one = {pair.receiving.get()};
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    for (const std::uint32_t kind :
         {kSender, kReceiver, kDescriptor, kMutable, kReadOnly}) {
      round.Bad(Header(1, 0) + Entry(kind, 0, 1u << bit), one);
    }
    if (bit > 0) round.Bad(Header(1, 0) + Entry(kShared, 9, 1u << bit), one);
    round.Bad(Header(1, 0) + Entry(kReceiver, 1ull << (2 * bit)), one);
    round.Bad(Header(1, 0) + Entry(kDescriptor, 1ull << (2 * bit)), one);
  }
}

void MissingDescriptors(Round& round) {
  const Pipe pipe = NewPipe();
  for (const std::size_t count : {1, 2, 3, 64, 65, 251, 252}) {
    const Bytes packet = Header(static_cast<std::uint32_t>(count), 0) +
                         Entries(count, kDescriptor);
    round.Bad(packet, std::vector<int>(count - 1, pipe.read_end.get()));
    round.Bad(packet);
  }
}

void SuperfluousDescriptors(Round& round) {
  const Pair pair = NewPair();
  for (const std::size_t count : {1, 2, 64, 65, 252, 253}) {
    const std::vector<int> many(count, pair.receiving.get());
    round.Bad(Header(0, 0), many);
    round.Bad(Header(0, 4) + Text("four"), many);
    round.Bad(Header(1, 0) + Entry(kShared), many);
  }
  round.Bad(Header(252, 0) + Entries(252, kDescriptor),
            std::vector<int>(253, pair.receiving.get()));
}

void AsManyDescriptorsAsAPacketCarries(Round& round) {
  const Pair pair = NewPair();
  for (const std::uint32_t kind : {kSender, kReceiver, kDescriptor}) {
    round.Fine(Header(252, 0) + Entries(252, kind),
               std::vector<int>(252, pair.sending.get()));
  }
  for (int i = 0; i < 3; ++i) {
    round.Bad(Header(253, 0) + Entries(253, kDescriptor),
              std::vector<int>(253, pair.sending.get()));
  }
}

// Sends every odd descriptor in `packet`, as its only one.
void SendOddOnes(Round& round, const Bytes& packet) {
  for (const Fd& odd : OddDescriptors()) round.Bad(packet, {odd.get()});
}

void OddAsSender(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kSender));
  SendOddOnes(round, Header(1, 0) + Entry(kSender, 1));
}
void OddAsReceiver(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kReceiver));
}
void OddAsSharedMemory(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kShared, 4096));
}
void OddAsMutableMemory(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kMutable, 4096));
}
void OddAsReadOnlyMemory(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kReadOnly, 4096));
}
void OddAsPayloadObject(Round& round) {
  SendOddOnes(round, Header(0, 4096, kInObject));
}
void OddAsPayloadCarrier(Round& round) {
  SendOddOnes(round, Header(0, 4096, kInCarrier));
}
void OddAsMemoryCarrier(Round& round) {
  SendOddOnes(round, Header(1, 0) + Entry(kShared, 4096, kMemoryInCarrier));
}
void OddAsHelper(Round& round) {
  SendOddOnes(round, Header(300, 0, kInHelper));
}
// The one kind that the kernel refuses to pass, lest it pass itself.
void IoUring(Round& round) {
  io_uring_params parameters = {};
  const Fd ring(
      static_cast<int>(::syscall(SYS_io_uring_setup, 4, &parameters)));
  if (!ring.valid()) Skip("no io_uring");
  for (const std::uint32_t kind : {kSender, kDescriptor}) {
    if (SendPacket(round.socket(), Header(1, 0) + Entry(kind), {ring.get()}) ==
        0) {
      round.CountFine();
    }
  }
}

void OddAsPlainDescriptor(Round& round) {
  for (const Fd& odd : OddDescriptors()) {
    round.Fine(Header(1, 0) + Entry(kDescriptor), {odd.get()});
  }
}

void UnconnectedSocketsAsEnds(Round& round) {
  for (const Fd& socket : UnconnectedPacketSockets()) {
    round.Fine(Header(1, 0) + Entry(kSender), {socket.get()});
    round.Fine(Header(1, 0) + Entry(kReceiver), {socket.get()});
  }
}

void ReceiverForASenderAndTheReverse(Round& round) {
  const Pair pair = NewPair();
  round.Fine(Header(1, 0) + Entry(kSender), {pair.receiving.get()});
  round.Fine(Header(1, 0) + Entry(kReceiver), {pair.sending.get()});
  round.Fine(Header(2, 0) + Entry(kSender) + Entry(kReceiver),
             {pair.receiving.get(), pair.sending.get()});
  round.Fine(Header(2, 0) + Entry(kReceiver) + Entry(kReceiver),
             {pair.receiving.get(), pair.receiving.get()});
}

void EndsOfDeadChannels(Round& round) {
  Pair pair = NewPair();
  pair.sending.Close();
  round.Fine(Header(2, 0) + Entry(kSender) + Entry(kReceiver),
             {pair.receiving.get(), pair.receiving.get()});
  const Pair shut = NewPair();
  Check(::shutdown(shut.sending.get(), SHUT_RDWR) == 0, "shutdown");
  round.Fine(Header(2, 0) + Entry(kSender) + Entry(kReceiver),
             {shut.sending.get(), shut.receiving.get()});
}

void AttackedSocketOverItself(Round& round) {
  const std::vector<int> self = {round.socket()};
  round.Fine(Header(1, 0) + Entry(kSender), self);
  round.Fine(Header(1, 0) + Entry(kReceiver), self);
  round.Fine(Header(1, 0) + Entry(kDescriptor), self);
  round.Bad(Header(1, 0) + Entry(kShared, 4096), self);
  round.Bad(Header(0, 4096, kInObject), self);
  round.Bad(Header(0, 4096, kInCarrier), self);
  round.Bad(Header(300, 0, kInHelper), self);
}

// A receiver in the queue of a receiver, and so on; the last in the first.
void ChainsAndCyclesOfReceivers(Round& round) {
  std::vector<Pair> chain(8);
  for (Pair& link : chain) link = NewPair();
  const Bytes packet = Header(1, 0) + Entry(kReceiver);
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    // Kernels with the old collector of sockets stop at 4 levels.
    if (SendPacket(chain[i + 1].sending.get(), packet,
                   {chain[i].receiving.get()}) != 0) {
      break;
    }
  }
  SendPacket(chain[0].sending.get(), packet, {chain.back().receiving.get()});
  for (const Pair& link : chain) {
    if (SendPacket(round.socket(), packet, {link.receiving.get()}) == 0) {
      round.CountFine();
    }
  }
}

// Every claim that a receiver might use to take one sender for another.
void LyingHints(Round& round) {
  const Pair one = NewPair();
  const Pair other = NewPair();
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  ::getsockopt(one.sending.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size);
  for (const std::uint64_t hint :
       {std::uint64_t{0}, std::uint64_t{1}, cookie - 1, cookie, cookie + 1,
        std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const Bytes claim = Entry(kSender, hint);
    round.Fine(Header(3, 0) + claim + claim + claim,
               {one.sending.get(), other.sending.get(), one.sending.get()});
  }
  for (std::uint64_t hint = 1; hint < 100; ++hint) {
    round.Fine(Header(1, 0) + Entry(kSender, cookie + hint),
               {other.sending.get()});
  }
}

void MemoryOfNoBytesWithADescriptor(Round& round) {
  const Pair pair = NewPair();
  for (const std::uint32_t kind : {kShared, kMutable, kReadOnly}) {
    round.Bad(Header(1, 0) + Entry(kind, 0), {pair.receiving.get()});
    round.Fine(Header(3, 0) + Entries(3, kind, 0));
  }
  round.Bad(Header(0, 0, kInObject), {pair.receiving.get()});
  round.Bad(Header(0, 0, kInCarrier), {pair.receiving.get()});
}

// The first handles of a message are good, the last is not.
void GoodHandlesBeforeABadOne(Round& round) {
  const Pair pair = NewPair();
  const Pipe pipe = NewPipe();
  const Bytes packet = Header(4, 0) + Entry(kSender) + Entry(kReceiver) +
                       Entry(kDescriptor) + Entry(kReceiver);
  round.Bad(packet, {pair.sending.get(), pair.receiving.get(),
                     pipe.write_end.get(), pipe.read_end.get()});
  round.Bad(Header(2, 4096, kInObject) + Entry(kSender) + Entry(kDescriptor),
            {pair.sending.get(), pipe.write_end.get(), pipe.read_end.get()});
}

// Two connected TCP sockets, the first with more to send than the other takes.
Pair FilledTcpPair() {
  const Fd listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  socklen_t size = sizeof(name);
  Pair pair;
  pair.sending = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listening.get(), address, size) != 0 ||
      ::listen(listening.get(), 1) != 0 ||
      ::getsockname(listening.get(), address, &size) != 0 ||
      ::connect(pair.sending.get(), address, size) != 0) {
    Fail("TCP over the loopback device");
  }
  pair.receiving = Fd(::accept(listening.get(), nullptr, nullptr));
  Check(pair.receiving.valid(), "accept");
  const Bytes much = Zeros(1 << 16);
  while (::send(pair.sending.get(), much.data(), much.size(), MSG_DONTWAIT) >
         0) {
  }
  return pair;
}

// Sends the victim such a socket twice and closes its own copy.
void GiveLingeringSocket(const Round& round, const Fd& told) {
  Pair pair = FilledTcpPair();
  const linger forever = {.l_onoff = 1, .l_linger = 30'000};
  ::setsockopt(pair.sending.get(), SOL_SOCKET, SO_LINGER, &forever,
               sizeof(forever));
  SendPacket(round.socket(), Header(0, 0), {pair.sending.get()});
  SendPacket(round.socket(), Header(1, 0) + Entry(kReceiver),
             {pair.sending.get()});
  static_cast<void>(!::write(told.get(), "y", 1));
  pair.sending.Close();
  ::pause();
}

// The last close of such a socket waits, whoever makes it, until the far end
// reads or is gone: here, with its process, after a moment.
void LingeringSockets(Round& round) {
  const Pipe told = NewPipe();
  {
    const Companion giving([&] { GiveLingeringSocket(round, told.write_end); });
    char yes;
    Check(::read(told.read_end.get(), &yes, 1) == 1, "the giver");
    ::poll(nullptr, 0, 20);
  }
  round.CountBad();
  round.CountBad();
}

}  // namespace

std::vector<Attack> HandleAttacks() {
  return {
      {"UnknownKinds", UnknownKinds},
      {"ReservedBytesOfEntries", ReservedBytesOfEntries},
      {"MissingDescriptors", MissingDescriptors},
      {"SuperfluousDescriptors", SuperfluousDescriptors},
      {"AsManyDescriptorsAsAPacketCarries", AsManyDescriptorsAsAPacketCarries},
      {"OddDescriptorsAsSenders", OddAsSender},
      {"OddDescriptorsAsReceivers", OddAsReceiver},
      {"OddDescriptorsAsSharedMemory", OddAsSharedMemory},
      {"OddDescriptorsAsMutableMemory", OddAsMutableMemory},
      {"OddDescriptorsAsReadOnlyMemory", OddAsReadOnlyMemory},
      {"OddDescriptorsAsPayloadObjects", OddAsPayloadObject},
      {"OddDescriptorsAsPayloadCarriers", OddAsPayloadCarrier},
      {"OddDescriptorsAsMemoryCarriers", OddAsMemoryCarrier},
      {"OddDescriptorsAsHelpers", OddAsHelper},
      {"OddDescriptorsAsThemselves", OddAsPlainDescriptor},
      {"IoUring", IoUring},
      {"UnconnectedSocketsAsEnds", UnconnectedSocketsAsEnds},
      {"ReceiverForASenderAndTheReverse", ReceiverForASenderAndTheReverse},
      {"EndsOfDeadChannels", EndsOfDeadChannels},
      {"AttackedSocketOverItself", AttackedSocketOverItself},
      {"ChainsAndCyclesOfReceivers", ChainsAndCyclesOfReceivers},
      {"LyingHints", LyingHints},
      {"MemoryOfNoBytesWithADescriptor", MemoryOfNoBytesWithADescriptor},
      {"GoodHandlesBeforeABadOne", GoodHandlesBeforeABadOne},
      {"LingeringSockets", LingeringSockets},
  };
}

}  // namespace ipc_channel_hostile
