// Helper sockets and carriers: what lies in them is wrong, too little, too
// much, or does not end.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

constexpr std::uint32_t kHandles = 300;  // 252 and 48

void Put(const Fd& socket, const Bytes& packet,
         const std::vector<int>& descriptors = {}) {
  errno = SendPacket(socket.get(), packet, descriptors);
  Check(errno == 0, "sendmsg into a queue of one's own");
}

// A helper socket with its packets to be put in.
struct Helper {
  Pair pair = NewPair();
  Pipe pipe = NewPipe();

  void PutHandles(std::size_t entries, std::size_t descriptors) {
    Put(pair.sending, Entries(entries, kDescriptor),
        std::vector<int>(descriptors, pipe.read_end.get()));
  }
  void PutAll() {
    PutHandles(252, 252);
    PutHandles(kHandles - 252, kHandles - 252);
  }
  void Bad(Round& round) const {
    round.Bad(Header(kHandles, 0, kInHelper), {pair.receiving.get()});
  }
};

void GoodHelper(Round& round) {
  Helper helper;
  helper.PutAll();
  round.Fine(Header(kHandles, 0, kInHelper), {helper.pair.receiving.get()});
}

void EmptyHelper(Round& round) {
  Helper helper;
  helper.Bad(round);  // open
  helper.pair.sending.Close();
  helper.Bad(round);
}

void HelperThatStopsHalfway(Round& round) {
  Helper open;
  open.PutHandles(252, 252);
  open.Bad(round);
  Helper closed;
  closed.PutHandles(252, 252);
  closed.pair.sending.Close();
  closed.Bad(round);
}

void HelperShortOfDescriptors(Round& round) {
  Helper helper;
  helper.PutHandles(252, 252);
  helper.PutHandles(48, 47);
  helper.Bad(round);
}

void HelperWithTooManyDescriptors(Round& round) {
  Helper helper;
  helper.PutHandles(252, 253);
  helper.PutHandles(48, 48);
  helper.Bad(round);
}

void HelperWithTooManyPackets(Round& round) {
  Helper helper;
  helper.PutAll();
  helper.PutHandles(1, 1);
  helper.Bad(round);
  Helper empty_packet;
  empty_packet.PutAll();
  Put(empty_packet.pair.sending, {});
  // Bytes are what the kernel counts: an empty packet behind is not seen, and
  // harms nobody.
  round.Fine(Header(kHandles, 0, kInHelper),
             {empty_packet.pair.receiving.get()});
}

void HelperWronglyDivided(Round& round) {
  Helper helper;
  helper.PutHandles(150, 150);
  helper.PutHandles(150, 150);
  helper.Bad(round);
}

void HelperWithRubbish(Round& round) {
  for (const std::size_t size :
       {0, 1, 15, 252 * 16 - 1, 252 * 16 + 1, 60'000}) {
    Helper helper;
    Put(helper.pair.sending, Zeros(size));
    helper.PutAll();
    helper.Bad(round);
  }
}

void HelperOfFewHandlesAndNoneOfMany(Round& round) {
  Helper helper;
  helper.PutHandles(48, 48);
  round.Bad(Header(48, 0, kInHelper), {helper.pair.receiving.get()});
  round.Bad(Header(252, 0, kInHelper), {helper.pair.receiving.get()});
  round.Bad(Header(kHandles, 0), {helper.pair.receiving.get()});
  round.Bad(Header(1025, 0, kInHelper), {helper.pair.receiving.get()});
}

void HelperThatIsTheWrongEnd(Round& round) {
  Helper helper;
  helper.PutAll();
  round.Bad(Header(kHandles, 0, kInHelper), {helper.pair.sending.get()});
}

void HelperThatCarriesItself(Round& round) {
  Helper helper;
  helper.PutHandles(252, 252);
  Put(helper.pair.sending, Entries(48, kReceiver),
      std::vector<int>(48, helper.pair.receiving.get()));
  // 48 receivers of one queue: strange, but ends of a channel.
  round.Fine(Header(kHandles, 0, kInHelper), {helper.pair.receiving.get()});
}

void HelperWithLyingMemory(Round& round) {
  Helper helper;
  helper.PutHandles(252, 252);
  Put(helper.pair.sending, Entries(48, kShared, kGibibyte),
      std::vector<int>(48, helper.pipe.read_end.get()));
  helper.Bad(round);
}

void ChangeFlags(const Fd& socket) {
  const timeval long_time = {.tv_sec = 1'000'000, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &long_time,
               sizeof(long_time));
  const int much = 1 << 20;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVLOWAT, &much, sizeof(much));
  ::fcntl(socket.get(), F_SETFL, 0);  // blocking
}

void SilentTransfersThatWouldBlock(Round& round) {
  Helper helper;
  ChangeFlags(helper.pair.receiving);
  helper.Bad(round);
  round.Bad(Header(0, 100'000, kInCarrier), {helper.pair.receiving.get()});
}

void HelperThatNeverEnds(Round& round) {
  Helper helper;
  const Companion feeding([&] {
    while (true) helper.PutHandles(252, 252);
  });
  for (int i = 0; i < 20; ++i) {
    round.Odd(Header(kHandles, 0, kInHelper), {helper.pair.receiving.get()});
  }
}

// The feeder of a transfer dies in the middle of it, time and again.
void FeederKilledInTheMiddle(Round& round) {
  for (int i = 0; i < 3; ++i) {
    Helper helper;
    InDoomedChild([&] { helper.PutHandles(252, 252); });
    helper.pair.sending.Close();
    helper.Bad(round);
    Pair carrier = NewPair();
    InDoomedChild([&] {
      Put(carrier.sending, Zeros(4'096));
      Put(carrier.sending, Zeros(4'096));
    });
    carrier.sending.Close();
    round.Bad(Header(0, 100'000, kInCarrier), {carrier.receiving.get()});
  }
}

// A socket with `packets` of these sizes in its queue.
Pair Carrier(const std::vector<std::size_t>& packets) {
  Pair pair = NewPair();
  for (const std::size_t size : packets) Put(pair.sending, Zeros(size));
  return pair;
}

void BadCarrier(Round& round, const Pair& carrier, std::uint64_t claim) {
  const std::vector<int> attached = {carrier.receiving.get()};
  round.Bad(Header(0, claim, kInCarrier), attached);
}

void GoodCarriers(Round& round) {
  const Pair carrier = Carrier({4'096, 4'096, 500});
  round.Fine(Header(0, 8'692, kInCarrier), {carrier.receiving.get()});
  const Pair memory = Carrier({4'096, 4'096, 500});
  round.Fine(Header(1, 0) + Entry(kShared, 8'692, kMemoryInCarrier),
             {memory.receiving.get()});
}

void EmptyCarriers(Round& round) {
  for (const std::uint64_t claim :
       {std::uint64_t{1}, std::uint64_t{70'000}, kGibibyte}) {
    Pair carrier = NewPair();
    BadCarrier(round, carrier, claim);  // open
    carrier.sending.Close();
    BadCarrier(round, carrier, claim);
    round.Bad(Header(1, 0) + Entry(kShared, claim, kMemoryInCarrier),
              {carrier.receiving.get()});
  }
}

void CarrierWithTooLittle(Round& round) {
  for (const std::uint64_t claim : {std::uint64_t{8'193}, kGibibyte}) {
    BadCarrier(round, Carrier({4'096, 4'096}), claim);
    Pair closed = Carrier({4'096, 4'096});
    closed.sending.Close();
    BadCarrier(round, closed, claim);
  }
}

void CarrierWithTooMuch(Round& round) {
  BadCarrier(round, Carrier({4'096, 4'096}), 8'191);
  BadCarrier(round, Carrier({4'096, 4'096}), 4'096);
  BadCarrier(round, Carrier({4'096, 4'096, 1}), 8'192);
  BadCarrier(round, Carrier({4'096, 4'096}), 1);
}

void CarrierOfCrumbs(Round& round) {
  BadCarrier(round, Carrier({1, 1, 1, 1}), 4);
  BadCarrier(round, Carrier({4'096, 1'023, 4'096}), 4'096 + 1'023 + 4'096);
  BadCarrier(round, Carrier({0, 4'096}), 4'096);
}

void CarrierOfHugePackets(Round& round) {
  BadCarrier(round, Carrier({65'537}), 65'537);
  BadCarrier(round, Carrier({100'000}), 100'000);
}

void CarrierThatNeverEnds(Round& round) {
  const Pair carrier = NewPair();
  const Companion feeding([&] {
    while (SendPacket(carrier.sending.get(), Zeros(1'024)) == 0) {
    }
  });
  for (int i = 0; i < 20; ++i) {
    round.Odd(Header(0, 100 * 1'024, kInCarrier), {carrier.receiving.get()});
  }
}

// A packet of `mark` bytes with `data` attached, in a carrier of its own.
Pair CarrierOf(const std::vector<int>& data, std::size_t mark = 1) {
  Pair carrier = NewPair();
  Put(carrier.sending, Zeros(mark), data);
  return carrier;
}

void DataSocketsThatAreWrong(Round& round) {
  const Pair data = Carrier({4'096});
  BadCarrier(round, CarrierOf({data.receiving.get()}, 2), 4'096);
  BadCarrier(round, CarrierOf({data.receiving.get()}, 0), 4'096);
  const Pair empty = NewPair();
  BadCarrier(round, CarrierOf({empty.receiving.get()}), 4'096);
  const Pipe pipe = NewPipe();
  BadCarrier(round, CarrierOf({pipe.read_end.get()}), 4'096);
  BadCarrier(round, CarrierOf(std::vector<int>(17, data.receiving.get())),
             4'096);
  BadCarrier(round, CarrierOf(std::vector<int>(253, data.receiving.get())),
             4'096);
}

void DataSocketsInDataSockets(Round& round) {
  const Pair inner = Carrier({4'096});
  const Pair outer = NewPair();
  Put(outer.sending, Zeros(1), {inner.receiving.get()});
  BadCarrier(round, CarrierOf({outer.receiving.get()}), 4'096);
  Pair itself = NewPair();
  Put(itself.sending, Zeros(1), {itself.receiving.get()});
  BadCarrier(round, itself, 4'096);
}

void OneDataSocketManyTimes(Round& round) {
  const Pair data = Carrier({4'096, 4'096});
  BadCarrier(round, CarrierOf(std::vector<int>(16, data.receiving.get())),
             16 * 8'192);
}

void CarrierAndObjectAtOnce(Round& round) {
  const Pair carrier = Carrier({4'096});
  const int socket = carrier.receiving.get();
  round.Bad(Header(0, 4'096, kInCarrier | kInObject), {socket});
  round.Bad(Header(0, 4'096, kInCarrier | kInObject), {socket, socket});
}

}  // namespace

std::vector<Attack> TransferAttacks() {
  return {
      {"GoodHelper", GoodHelper},
      {"EmptyHelper", EmptyHelper},
      {"HelperThatStopsHalfway", HelperThatStopsHalfway},
      {"HelperShortOfDescriptors", HelperShortOfDescriptors},
      {"HelperWithTooManyDescriptors", HelperWithTooManyDescriptors},
      {"HelperWithTooManyPackets", HelperWithTooManyPackets},
      {"HelperWronglyDivided", HelperWronglyDivided},
      {"HelperWithRubbish", HelperWithRubbish},
      {"HelperOfFewHandlesAndNoneOfMany", HelperOfFewHandlesAndNoneOfMany},
      {"HelperThatIsTheWrongEnd", HelperThatIsTheWrongEnd},
      {"HelperThatCarriesItself", HelperThatCarriesItself},
      {"HelperWithLyingMemory", HelperWithLyingMemory},
      {"SilentTransfersThatWouldBlock", SilentTransfersThatWouldBlock},
      {"HelperThatNeverEnds", HelperThatNeverEnds},
      {"FeederKilledInTheMiddle", FeederKilledInTheMiddle},
      {"GoodCarriers", GoodCarriers},
      {"EmptyCarriers", EmptyCarriers},
      {"CarrierWithTooLittle", CarrierWithTooLittle},
      {"CarrierWithTooMuch", CarrierWithTooMuch},
      {"CarrierOfCrumbs", CarrierOfCrumbs},
      {"CarrierOfHugePackets", CarrierOfHugePackets},
      {"CarrierThatNeverEnds", CarrierThatNeverEnds},
      {"DataSocketsThatAreWrong", DataSocketsThatAreWrong},
      {"DataSocketsInDataSockets", DataSocketsInDataSockets},
      {"OneDataSocketManyTimes", OneDataSocketManyTimes},
      {"CarrierAndObjectAtOnce", CarrierAndObjectAtOnce},
  };
}

}  // namespace ipc_channel_hostile
