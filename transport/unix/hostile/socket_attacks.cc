// What somebody can do who holds the victim's own end too: a co-holder, or one
// who held the receiver before and kept a duplicate.

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

// glibc 2.36 has no names for them.
constexpr int kPassPidfd = 76;
constexpr int kPassRights = 83;

void SetOn(int socket, int option, int value) {
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof(value));
}

// On both ends; what the system refuses is no attack.
void SetOnBoth(const Round& round, int option, int value) {
  SetOn(round.shared(), option, value);
  SetOn(round.socket(), option, value);
}

// A well-formed message of each way to travel.
void SendAllKinds(Round& round) {
  const Pair pair = NewPair();
  const Pipe pipe = NewPipe();
  round.Fine(Header(0, 0));
  round.Fine(Header(0, 4) + Text("four"));
  round.Fine(Header(2, 4) + Entry(kSender) + Entry(kDescriptor) + Text("four"),
             {pair.sending.get(), pipe.read_end.get()});
  round.Fine(Header(252, 0) + Entries(252, kDescriptor),
             std::vector<int>(252, pipe.read_end.get()));
}

void BufferSizes(Round& round) {
  for (const int size : {0, 1, 1 << 30, -1}) {
    for (const int option :
         {SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE}) {
      SetOnBoth(round, option, size);
    }
    round.Fine(Header(0, 0));
    round.Fine(Header(0, 4) + Text("four"));
  }
  SetOnBoth(round, SO_SNDBUF, 1 << 20);
}

void Timeouts(Round& round) {
  for (const timeval time : {timeval{.tv_sec = 0, .tv_usec = 1},
                             timeval{.tv_sec = 1'000'000, .tv_usec = 0}}) {
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
      ::setsockopt(round.shared(), SOL_SOCKET, option, &time, sizeof(time));
    }
    ::poll(nullptr, 0, 5);
    SendAllKinds(round);
  }
}

void ControlDataNobodyAskedFor(Round& round) {
  for (const int option : {SO_PASSCRED, SO_PASSSEC, SO_TIMESTAMP,
                           SO_TIMESTAMPNS, SO_RXQ_OVFL, kPassPidfd}) {
    SetOnBoth(round, option, 1);
  }
  SetOnBoth(round, SO_TIMESTAMPING,
            SOF_TIMESTAMPING_LAST | (SOF_TIMESTAMPING_LAST - 1));
  SendAllKinds(round);
}

void PeekOffsets(Round& round) {
  for (const int offset : {0, 1, 1'000'000, 0x7fffffff, -1}) {
    SetOnBoth(round, SO_PEEK_OFF, offset);
    SendAllKinds(round);
  }
  SetOnBoth(round, SO_PEEK_OFF, 1'000'000);
}

void WakeUpOptions(Round& round) {
  SetOnBoth(round, SO_RCVLOWAT, 1 << 20);
  SetOnBoth(round, SO_SNDLOWAT, 1 << 20);
  SetOnBoth(round, SO_BUSY_POLL, 1'000'000);
  SetOnBoth(round, SO_PREFER_BUSY_POLL, 1);
  SendAllKinds(round);
}

void OtherOptions(Round& round) {
  for (const int option :
       {SO_KEEPALIVE, SO_OOBINLINE, SO_REUSEADDR, SO_REUSEPORT, SO_BROADCAST,
        SO_DONTROUTE, SO_NO_CHECK, SO_PRIORITY, SO_MARK, SO_DEBUG,
        SO_INCOMING_CPU, SO_SELECT_ERR_QUEUE, SO_ZEROCOPY, SO_NOFCS,
        SO_LOCK_FILTER}) {
    SetOnBoth(round, option, 1);
  }
  const linger forever = {.l_onoff = 1, .l_linger = 1'000'000};
  for (const int socket : {round.shared(), round.socket()}) {
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &forever, sizeof(forever));
  }
  SendAllKinds(round);
}

void DrainedErrors(Round& round) {
  int error;
  socklen_t size = sizeof(error);
  for (int i = 0; i < 100; ++i) {
    ::getsockopt(round.shared(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  SendAllKinds(round);
}

void NonBlocking(Round& round) {
  int on = 1;
  ::ioctl(round.shared(), FIONBIO, &on);
  ::fcntl(round.shared(), F_SETFL, O_NONBLOCK | O_APPEND | O_NOATIME);
  ::poll(nullptr, 0, 5);
  SendAllKinds(round);
}

void Direct(const Round& round, int signal) {
  Check(::fcntl(round.shared(), F_SETOWN, round.victim()) == 0, "F_SETOWN");
  Check(::fcntl(round.shared(), F_SETSIG, signal) == 0, "F_SETSIG");
  Check(::fcntl(round.shared(), F_SETFL, O_ASYNC) == 0, "O_ASYNC");
}

// Signals whose default does nothing, for each packet.
void HarmlessSignals(Round& round) {
  for (const int signal : {SIGURG, SIGCHLD, SIGCONT, SIGWINCH}) {
    Direct(round, signal);
    SendAllKinds(round);
  }
}

// A signal that the victim handles, and that would kill it otherwise: those of
// its own user can send it with kill(), too.
void HandledSignals(Round& round) {
  Direct(round, 0);  // SIGIO
  SendAllKinds(round);
  Direct(round, SIGIO);
  for (int i = 0; i < 200; ++i) round.Fine(Header(0, 0));
}

// Ask for SIGKILL with each packet, as somebody else. Tells whether it is.
void DirectDeadlySignals(const Round& round, const Fd& told) {
  constexpr uid_t kNobody = 65534;
  if (::setresuid(kNobody, kNobody, kNobody) != 0) return;
  ::fcntl(round.shared(), F_SETOWN, round.victim());
  ::fcntl(round.shared(), F_SETSIG, SIGKILL);
  ::fcntl(round.shared(), F_SETFL, O_ASYNC);
  static_cast<void>(!::write(told.get(), "y", 1));
  ::poll(nullptr, 0, 60'000);
}

// As another user, to whom the kernel does not give that right.
void DeadlySignalsOfAnotherUser(Round& round) {
  if (::geteuid() != 0) Skip("only root can become another user");
  Pipe told = NewPipe();
  const Companion other([&] { DirectDeadlySignals(round, told.write_end); });
  told.write_end.Close();
  char yes;
  if (::read(told.read_end.get(), &yes, 1) != 1) {
    Skip("cannot become another user here");
  }
  SendAllKinds(round);
}

void Attach(int socket, const std::vector<sock_filter>& code) {
  const sock_fprog program = {.len = static_cast<unsigned short>(code.size()),
                              .filter = const_cast<sock_filter*>(code.data())};
  Check(::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof(program)) == 0,
        "SO_ATTACH_FILTER");
  SetOn(socket, SO_LOCK_FILTER, 1);
}

// Lets `bytes` of each packet pass.
std::vector<sock_filter> Passing(std::uint32_t bytes) {
  return {{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = bytes}};
}

void FilterThatCutsPackets(Round& round) {
  Attach(round.shared(), Passing(15));
  const Pipe pipe = NewPipe();
  const Pair pair = NewPair();
  for (int i = 0; i < 3; ++i) {
    round.Bad(Header(0, 4) + Text("four"));
    round.Bad(Header(2, 0) + Entry(kSender) + Entry(kDescriptor),
              {pair.sending.get(), pipe.read_end.get()});
  }
  round.Finish();
}

void FilterThatDropsPackets(Round& round) {
  Attach(round.shared(), Passing(0));
  const Pipe pipe = NewPipe();
  for (int i = 0; i < 300; ++i) {
    errno = SendPacket(round.socket(), Header(1, 0) + Entry(kDescriptor),
                       {pipe.read_end.get()});
    Check(errno == 0, "sendmsg");
  }
  round.Finish();
}

void FilterOnTheOtherEnd(Round& round) {
  Attach(round.socket(), Passing(0));
  SendAllKinds(round);
}

void BpfProgramThatDropsPackets(Round& round) {
  const bpf_insn code[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT}};
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = reinterpret_cast<std::uint64_t>(code);
  load.insn_cnt = std::size(code);
  load.license = reinterpret_cast<std::uint64_t>("GPL");
  const Fd program(
      static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load))));
  if (!program.valid()) Skip("no BPF programs");
  const int number = program.get();
  Check(::setsockopt(round.shared(), SOL_SOCKET, SO_ATTACH_BPF, &number,
                     sizeof(number)) == 0,
        "SO_ATTACH_BPF");
  SendPacket(round.socket(), Header(0, 4) + Text("four"));
  round.Finish();
}

void DescriptorsRefused(Round& round) {
  constexpr int kOff = 0;
  if (::setsockopt(round.shared(), SOL_SOCKET, kPassRights, &kOff,
                   sizeof(kOff)) != 0) {
    Skip("no SO_PASSRIGHTS");
  }
  const Pipe pipe = NewPipe();
  Check(SendPacket(round.socket(), Header(1, 0) + Entry(kDescriptor),
                   {pipe.read_end.get()}) == EPERM,
        "a descriptor passes");
  round.Fine(Header(0, 4) + Text("four"));
  round.Finish();
}

void ShutForReading(Round& round) {
  round.Fine(Header(0, 4) + Text("last"));
  Check(::shutdown(round.shared(), SHUT_RD) == 0, "shutdown");
  Check(SendPacket(round.socket(), Header(0, 0)) == EPIPE, "a late packet");
  round.Finish();
}

void ShutForWriting(Round& round) {
  Check(::shutdown(round.shared(), SHUT_WR) == 0, "shutdown");
  SendAllKinds(round);
}

void ShutByTheSender(Round& round) {
  round.Fine(Header(0, 4) + Text("last"));
  Check(::shutdown(round.socket(), SHUT_WR) == 0, "shutdown");
  round.Finish();  // it goes on holding the socket until the next round
  ::poll(nullptr, 0, 5);
}

void ConnectListenAndBind(Round& round) {
  const Pair target = NewPair();
  sockaddr_un any = {};
  any.sun_family = AF_UNIX;
  const auto* const address = reinterpret_cast<const sockaddr*>(&any);
  for (const int socket : {round.shared(), round.socket()}) {
    ::connect(socket, address, sizeof(any.sun_family));
    ::bind(socket, address, sizeof(any.sun_family));
    ::listen(socket, 5);
    sockaddr_un name = {};
    socklen_t size = sizeof(name);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    ::connect(socket, reinterpret_cast<const sockaddr*>(&name), size);
    const sockaddr nowhere = {.sa_family = AF_UNSPEC};
    ::connect(socket, &nowhere, sizeof(nowhere));
    ::accept4(socket, nullptr, nullptr, SOCK_NONBLOCK);
  }
  SendAllKinds(round);
}

void PacketsInTheBackDirection(Round& round) {
  const Pipe pipe = NewPipe();
  for (int i = 0; i < 10; ++i) {
    SendPacket(round.shared(), Header(1, 0) + Entry(kDescriptor),
               {pipe.read_end.get()}, MSG_DONTWAIT);
  }
  SendAllKinds(round);
}

void PacketsInTheBackDirectionBeforeTheEnd(Round& round) {
  SendPacket(round.shared(), Text("back"), {}, MSG_DONTWAIT);
  round.Fine(Header(0, 3) + Text("one"));
  round.Fine(Header(0, 3) + Text("two"));
  round.CloseSocket();
  round.Finish();
}

// Looks at every packet and leaves it, with its descriptors opened each time.
void ThiefWhoOnlyPeeks(Round& round) {
  const Companion peeking([&] {
    std::array<char, 4096> bytes;
    while (::recv(round.shared(), bytes.data(), bytes.size(), MSG_PEEK) >= 0) {
    }
    ::pause();
  });
  for (int i = 0; i < 20; ++i) SendAllKinds(round);
}

// Takes what it can, and tells how much when it is told to stop.
void Steal(int socket, const Fd& stop, const Fd& booty) {
  int stolen = 0;
  std::array<char, 4096> bytes;
  while (true) {
    if (::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT) >= 0) {
      ++stolen;
      continue;
    }
    pollfd entries[] = {{.fd = socket, .events = POLLIN, .revents = 0},
                        {.fd = stop.get(), .events = POLLIN, .revents = 0}};
    if (::poll(entries, 2, -1) > 0 && entries[1].revents != 0) break;
  }
  static_cast<void>(!::write(booty.get(), &stolen, sizeof(stolen)));
  ::pause();
}

// Each message goes to one of the two.
void ThiefWhoReads(Round& round) {
  constexpr int kMessages = 200;
  const Pipe stop = NewPipe();
  const Pipe booty = NewPipe();
  const Companion stealing(
      [&] { Steal(round.shared(), stop.read_end, booty.write_end); });
  for (int i = 0; i < kMessages; ++i) {
    errno = SendPacket(round.socket(), Header(0, 0));
    Check(errno == 0, "sendmsg");
  }
  // All are taken, by one or the other.
  int queued = 1;
  while (::ioctl(round.shared(), FIONREAD, &queued) == 0 && queued > 0) {
    ::poll(nullptr, 0, 1);
  }
  int stolen = 0;
  Check(::write(stop.write_end.get(), "s", 1) == 1 &&
            ::read(booty.read_end.get(), &stolen, sizeof(stolen)) ==
                sizeof(stolen),
        "the thief");
  for (int i = stolen; i < kMessages; ++i) round.CountFine();
}

// Takes half of what is there, then keeps still.
void ThiefWhoTakesTheMessage(Round& round) {
  for (int i = 0; i < 3; ++i) {
    SendPacket(round.socket(), Header(0, 4) + Text("mine"));
    std::array<char, 64> bytes;
    if (::recv(round.shared(), bytes.data(), bytes.size(), MSG_DONTWAIT) < 0) {
      round.CountFine();
    }
  }
}

// Memory whose first use stops whoever it is for as long as this process lives.
void* MemoryThatNobodyServes() {
  const int served = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
  uffdio_api api = {};
  api.api = UFFD_API;
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uffdio_register what = {};
  what.range = {.start = reinterpret_cast<std::uint64_t>(page), .len = 4096};
  what.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (served < 0 || ::ioctl(served, UFFDIO_API, &api) != 0 ||
      ::ioctl(served, UFFDIO_REGISTER, &what) != 0) {
    return nullptr;
  }
  return page;
}

// Reads into such memory, and so stops inside the kernel, with the lock that
// every read of the socket takes. Here it is killed after a moment.
void ThiefWhoStallsInTheKernel(Round& round) {
  Pipe told = NewPipe();
  const Companion stalling([&] {
    void* const memory = MemoryThatNobodyServes();
    if (memory == nullptr) return;
    static_cast<void>(!::write(told.write_end.get(), "y", 1));
    ::recv(round.shared(), memory, 4096, MSG_PEEK);
  });
  told.write_end.Close();
  char yes;
  if (::read(told.read_end.get(), &yes, 1) != 1) Skip("no userfaultfd");
  for (int i = 0; i < 20; ++i) round.Fine(Header(0, 0));
  ::poll(nullptr, 0, 20);
}

// Is woken in the victim's place, as often as it likes.
void WatcherWhoIsWokenAlone(Round& round) {
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data = {.u64 = 0}};
  Check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, round.shared(), &event) == 0,
        "EPOLLEXCLUSIVE");
  const Companion watching([&] {
    while (true) ::epoll_wait(epoll.get(), &event, 1, -1);
  });
  ::poll(nullptr, 0, 5);
  SendAllKinds(round);
}

void KilledCoHolder(Round& round) {
  InDoomedChild([&] {
    std::array<char, 64> bytes;
    ::recv(round.shared(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  });
  SendAllKinds(round);
}

void VictimsOwnEndOverItself(Round& round) {
  const std::vector<int> own = {round.shared()};
  round.Fine(Header(1, 0) + Entry(kSender), own);
  round.Fine(Header(1, 0) + Entry(kDescriptor), own);
  round.Bad(Header(0, 4096, kInObject), own);
  // Emptying these takes a packet of the attacked channel itself.
  for (const int flag : {kInHelper, kInCarrier}) {
    const std::uint32_t handles = flag == kInHelper ? 300 : 0;
    round.Bad(Header(handles, 300 - handles, flag), own);
    round.Odd(Header(0, 4) + Text("lost"));
  }
  round.LoseCount();
}

}  // namespace

std::vector<Attack> SocketAttacks() {
  return {
      {"BufferSizes", BufferSizes},
      {"Timeouts", Timeouts},
      {"ControlDataNobodyAskedFor", ControlDataNobodyAskedFor},
      {"PeekOffsets", PeekOffsets},
      {"WakeUpOptions", WakeUpOptions},
      {"OtherOptions", OtherOptions},
      {"DrainedErrors", DrainedErrors},
      {"NonBlocking", NonBlocking},
      {"HarmlessSignals", HarmlessSignals},
      {"HandledSignals", HandledSignals},
      {"DeadlySignalsOfAnotherUser", DeadlySignalsOfAnotherUser},
      {"FilterThatCutsPackets", FilterThatCutsPackets},
      {"FilterThatDropsPackets", FilterThatDropsPackets},
      {"FilterOnTheOtherEnd", FilterOnTheOtherEnd},
      {"BpfProgramThatDropsPackets", BpfProgramThatDropsPackets},
      {"DescriptorsRefused", DescriptorsRefused},
      {"ShutForReading", ShutForReading},
      {"ShutForWriting", ShutForWriting},
      {"ShutByTheSender", ShutByTheSender},
      {"ConnectListenAndBind", ConnectListenAndBind},
      {"PacketsInTheBackDirection", PacketsInTheBackDirection},
      {"PacketsInTheBackDirectionBeforeTheEnd",
       PacketsInTheBackDirectionBeforeTheEnd},
      {"ThiefWhoOnlyPeeks", ThiefWhoOnlyPeeks},
      {"ThiefWhoReads", ThiefWhoReads},
      {"ThiefWhoTakesTheMessage", ThiefWhoTakesTheMessage},
      {"ThiefWhoStallsInTheKernel", ThiefWhoStallsInTheKernel},
      {"WatcherWhoIsWokenAlone", WatcherWhoIsWokenAlone},
      {"KilledCoHolder", KilledCoHolder},
      {"VictimsOwnEndOverItself", VictimsOwnEndOverItself},
  };
}

}  // namespace ipc_channel_hostile
