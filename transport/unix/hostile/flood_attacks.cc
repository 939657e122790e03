// More than the victim can take, for as long as it looks.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

void FloodOfMessages(Round& round) {
  while (!round.IsToldToStop()) round.Fine(Header(0, 4) + Text("wave"));
}

void FloodOfRubbish(Round& round) {
  while (!round.IsToldToStop()) {
    round.Bad(Text("rubbish"));
    round.Bad({});
  }
}

void FloodOfDescriptors(Round& round) {
  const Pipe pipe = NewPipe();
  const std::vector<int> many(252, pipe.read_end.get());
  const Bytes packet = Header(252, 0) + Entries(252, kDescriptor);
  while (!round.IsToldToStop()) {
    round.Fine(packet, many);
    round.Bad(Header(0, 0), many);
  }
}

void FloodOfEnds(Round& round) {
  while (!round.IsToldToStop()) {
    const Pair pair = NewPair();
    Check(SendPacket(pair.sending.get(), Header(0, 4) + Text("wave")) == 0,
          "sendmsg");
    round.Fine(Header(2, 0) + Entry(kSender, 7) + Entry(kReceiver),
               {pair.sending.get(), pair.receiving.get()});
  }
}

void FloodOfLargePayloads(Round& round) {
  constexpr std::size_t kSize = 1 << 18;
  const Fd object(::memfd_create("flood", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  Check(object.valid() && ::ftruncate(object.get(), kSize) == 0 &&
            ::fallocate(object.get(), 0, 0, kSize) == 0 &&
            ::fcntl(object.get(), F_ADD_SEALS,
                    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
                0,
        "a sealed object");
  while (!round.IsToldToStop()) {
    round.Fine(Header(0, kSize, kInObject), {object.get()});
  }
}

void FloodOfCarriers(Round& round) {
  while (!round.IsToldToStop()) {
    const Pair carrier = NewPair();
    for (int i = 0; i < 3; ++i) {
      Check(SendPacket(carrier.sending.get(), Zeros(8'192)) == 0, "sendmsg");
    }
    round.Fine(Header(0, 24'576, kInCarrier), {carrier.receiving.get()});
    // The same again: it is empty by then, or soon.
    round.Odd(Header(0, kGibibyte, kInCarrier), {carrier.receiving.get()});
  }
}

// Several processes at once.
void FloodFromManySides(Round& round) {
  const Bytes wave = Header(0, 4) + Text("wave");
  const auto flood = [&] {
    while (SendPacket(round.socket(), wave) == 0) {
    }
  };
  const Companion first(flood);
  const Companion second(flood);
  while (!round.IsToldToStop()) round.Odd(wave);
  round.LoseCount();
}

}  // namespace

std::vector<Attack> FloodAttacks() {
  return {
      {"FloodOfMessages", FloodOfMessages},
      {"FloodOfRubbish", FloodOfRubbish},
      {"FloodOfDescriptors", FloodOfDescriptors},
      {"FloodOfEnds", FloodOfEnds},
      {"FloodOfLargePayloads", FloodOfLargePayloads},
      {"FloodOfCarriers", FloodOfCarriers},
      {"FloodFromManySides", FloodFromManySides},
  };
}

}  // namespace ipc_channel_hostile
