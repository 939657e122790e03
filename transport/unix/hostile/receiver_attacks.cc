// A victim that sends, and a peer that holds the receiving end: socket() is
// that, shared() a duplicate of the victim's sending end.

#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

void WaitForTheEnd(const Round& round) {
  while (!round.IsToldToStop()) ::poll(nullptr, 0, 1);
}

// Takes one packet, waiting for it, and drops its descriptors.
bool TakeOne(const Round& round) {
  std::array<char, 1024> bytes;
  return ::recv(round.socket(), bytes.data(), bytes.size(), 0) > 0;
}

// Takes one packet with all descriptors, and keeps them.
bool KeepOne(const Round& round) {
  std::array<char, 1024> bytes;
  iovec part = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) static char room[4096];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = room;
  header.msg_controllen = sizeof(room);
  return ::recvmsg(round.socket(), &header, MSG_DONTWAIT) >= 0;
}

void NeverReads(Round& round) { WaitForTheEnd(round); }

void LeavesAtOnce(Round& round) { round.CloseSocket(); }

void LeavesMidway(Round& round) {
  for (int i = 0; i < 20 && TakeOne(round); ++i) {
  }
  round.CloseSocket();
}

void IsKilledMidway(Round& round) {
  InDoomedChild([&] {
    for (int i = 0; i < 20 && TakeOne(round); ++i) {
    }
  });
  round.CloseSocket();
}

void ShutsReading(Round& round) {
  Check(::shutdown(round.socket(), SHUT_RD) == 0, "shutdown");
}

void ShutsWriting(Round& round) {
  Check(::shutdown(round.socket(), SHUT_WR) == 0, "shutdown");
  WaitForTheEnd(round);
}

void ShutsBoth(Round& round) {
  Check(::shutdown(round.socket(), SHUT_RDWR) == 0, "shutdown");
}

void ParksInTheBackDirection(Round& round) {
  const Pipe pipe = NewPipe();
  const std::vector<int> many(250, pipe.read_end.get());
  for (int i = 0; i < 50; ++i) {
    Check(SendPacket(round.socket(), Zeros(100), many, MSG_DONTWAIT) != 0,
          "packets can be parked");
  }
  WaitForTheEnd(round);
}

void ShrinksTheReceiveBuffer(Round& round) {
  const int least = 0;
  ::setsockopt(round.socket(), SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
  WaitForTheEnd(round);
}

void DropsEveryPacketByAFilter(Round& round) {
  sock_filter none = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program = {.len = 1, .filter = &none};
  Check(::setsockopt(round.socket(), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof(program)) == 0,
        "SO_ATTACH_FILTER");
  while (KeepOne(round)) {  // what came before
  }
  WaitForTheEnd(round);
}

void RefusesDescriptors(Round& round) {
  constexpr int kPassRights = 83;  // glibc 2.36 has no name for it
  constexpr int kOff = 0;
  if (::setsockopt(round.socket(), SOL_SOCKET, kPassRights, &kOff,
                   sizeof(kOff)) != 0) {
    Skip("no SO_PASSRIGHTS");
  }
  while (!round.IsToldToStop()) {
    if (!KeepOne(round)) ::poll(nullptr, 0, 1);
  }
}

void OnlyPeeks(Round& round) {
  std::array<char, 1024> bytes;
  while (!round.IsToldToStop()) {
    ::recv(round.socket(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  }
}

// In a child, with which all that it kept goes.
void KeepsEverything(Round& round) {
  const Companion keeping([&] {
    while (true) {
      if (!KeepOne(round)) ::poll(nullptr, 0, 1);
    }
  });
  WaitForTheEnd(round);
}

void QueuesItselfInItself(Round& round) {
  SendPacket(round.shared(), Header(1, 0) + Entry(kReceiver), {round.socket()},
             MSG_DONTWAIT);
  round.CloseSocket();
}

void CoHolderShutsTheSender(Round& round) {
  Check(::shutdown(round.shared(), SHUT_WR) == 0, "shutdown");
}

void CoHolderFillsTheChannel(Round& round) {
  while (!round.IsToldToStop()) {
    SendPacket(round.shared(), Header(0, 0), {}, MSG_DONTWAIT);
  }
}

void CoHolderChangesTheSender(Round& round) {
  const int least = 0;
  ::setsockopt(round.shared(), SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
  const timeval moment = {.tv_sec = 0, .tv_usec = 1};
  ::setsockopt(round.shared(), SOL_SOCKET, SO_SNDTIMEO, &moment,
               sizeof(moment));
  ::fcntl(round.shared(), F_SETFL, 0);  // blocking
  WaitForTheEnd(round);
}

void CoHolderDirectsSignals(Round& round) {
  ::fcntl(round.shared(), F_SETOWN, round.victim());
  ::fcntl(round.shared(), F_SETSIG, SIGURG);
  ::fcntl(round.shared(), F_SETFL, O_ASYNC);
  while (!round.IsToldToStop()) {
    if (!KeepOne(round)) ::poll(nullptr, 0, 1);
  }
}

Attack Reverse(const char* name, void (*run)(Round&)) {
  return {name, [run](Round& round) {
            run(round);
            round.Finish();
          }};
}

}  // namespace

std::vector<Attack> ReceiverAttacks() {
  return {
      Reverse("NeverReads", NeverReads),
      Reverse("LeavesAtOnce", LeavesAtOnce),
      Reverse("LeavesMidway", LeavesMidway),
      Reverse("IsKilledMidway", IsKilledMidway),
      Reverse("ShutsReading", ShutsReading),
      Reverse("ShutsWriting", ShutsWriting),
      Reverse("ShutsBoth", ShutsBoth),
      Reverse("ParksInTheBackDirection", ParksInTheBackDirection),
      Reverse("ShrinksTheReceiveBuffer", ShrinksTheReceiveBuffer),
      Reverse("DropsEveryPacketByAFilter", DropsEveryPacketByAFilter),
      Reverse("RefusesDescriptors", RefusesDescriptors),
      Reverse("OnlyPeeks", OnlyPeeks),
      Reverse("KeepsEverything", KeepsEverything),
      Reverse("QueuesItselfInItself", QueuesItselfInItself),
      Reverse("CoHolderShutsTheSender", CoHolderShutsTheSender),
      Reverse("CoHolderFillsTheChannel", CoHolderFillsTheChannel),
      Reverse("CoHolderChangesTheSender", CoHolderChangesTheSender),
      Reverse("CoHolderDirectsSignals", CoHolderDirectsSignals),
  };
}

}  // namespace ipc_channel_hostile
