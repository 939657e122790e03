#include "ipc_channel/transport/unix/hostile/odd_descriptors.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

namespace ipc_channel_hostile {
namespace {

// glibc 2.36 has no names for some of them.
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
constexpr int kAlg = 38;
constexpr int kVsock = 40;
constexpr int kKcm = 41;

// Drops what could not be opened.
class Collection {
 public:
  void Add(int descriptor) {
    if (descriptor >= 0) all_.emplace_back(descriptor);
  }
  void AddCall(long result) { Add(static_cast<int>(result)); }
  void AddPair(int type) {
    int pair[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0) return;
    Add(pair[0]);
    Add(pair[1]);
  }
  std::vector<Fd> Take() && { return std::move(all_); }

 private:
  std::vector<Fd> all_;
};

void AddFiles(Collection& all) {
  for (const char* path : {"/dev/null",          "/dev/zero",
                           "/dev/full",          "/dev/urandom",
                           "/dev/mem",           "/dev/kmsg",
                           "/dev/tty",           "/dev/ptmx",
                           "/dev/fuse",          "/dev/vsock",
                           "/dev/userfaultfd",   "/dev/udmabuf",
                           "/dev/shm",           "/tmp",
                           "/proc/self/maps",    "/proc/self/mem",
                           "/proc/self/fd",      "/proc/self/ns/net",
                           "/proc/self/pagemap", "/sys/kernel/mm",
                           "/etc/passwd"}) {
    all.Add(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    all.Add(::open(path, O_PATH | O_CLOEXEC));
  }
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/fuse"}) {
    all.Add(::open(path, O_RDWR | O_CLOEXEC));
  }
  const int file = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 && ::ftruncate(file, 4096) == 0) all.Add(file);
}

void AddSockets(Collection& all) {
  all.AddPair(SOCK_STREAM);
  all.AddPair(SOCK_DGRAM);
  const auto add = [&](int family, int type, int protocol = 0) {
    all.Add(::socket(family, type | SOCK_CLOEXEC, protocol));
  };
  for (const int family : {AF_INET, AF_INET6}) {
    add(family, SOCK_STREAM);
    add(family, SOCK_DGRAM);
    add(family, SOCK_SEQPACKET, IPPROTO_SCTP);
  }
  add(AF_UNIX, SOCK_STREAM);
  add(AF_UNIX, SOCK_DGRAM);
  add(AF_NETLINK, SOCK_RAW);
  add(AF_PACKET, SOCK_RAW);
  // The type of ours, of other families.
  for (const int family : {kAlg, kVsock, kKcm, AF_BLUETOOTH, AF_TIPC}) {
    add(family, SOCK_SEQPACKET);
  }
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening >= 0) ::listen(listening, 1);
  all.Add(listening);
}

void AddPipes(Collection& all) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) == 0) {
    all.Add(pipe[0]);
    all.Add(pipe[1]);
  }
  if (::pipe2(pipe, O_CLOEXEC | O_DIRECT) == 0) {
    all.Add(pipe[0]);
    all.Add(pipe[1]);
  }
}

void AddEvents(Collection& all) {
  all.Add(::epoll_create1(EPOLL_CLOEXEC));
  all.Add(::eventfd(1, EFD_CLOEXEC));
  all.Add(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  sigset_t none;
  ::sigemptyset(&none);
  all.Add(::signalfd(-1, &none, SFD_CLOEXEC));
  all.Add(::inotify_init1(IN_CLOEXEC));
  all.Add(::fanotify_init(FAN_CLOEXEC, O_RDONLY));
  all.AddCall(::syscall(SYS_pidfd_open, ::getpid(), 0));
  all.AddCall(::syscall(SYS_userfaultfd, O_CLOEXEC));
  all.AddCall(::syscall(SYS_fsopen, "tmpfs", 1));
  bpf_attr map = {};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = 4;
  map.value_size = 8;
  map.max_entries = 1;
  all.AddCall(::syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
}

// Memory, but none that is sealed as is due.
void AddMemory(Collection& all) {
  const int object = ::memfd_create("odd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (object >= 0 && ::ftruncate(object, 4096) == 0) {
    const std::string path = "/proc/self/fd/" + std::to_string(object);
    all.Add(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    all.Add(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    all.Add(::open(path.c_str(), O_PATH | O_CLOEXEC));
  }
  all.Add(object);
  all.Add(::memfd_create("odd", MFD_CLOEXEC));  // empty, never to be sealed
  const int secret = static_cast<int>(::syscall(SYS_memfd_secret, O_CLOEXEC));
  if (secret >= 0) static_cast<void>(!::ftruncate(secret, 4096));
  all.Add(secret);
}

int BoundSocket() {
  const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  // An address of no bytes: the kernel picks a free name.
  sockaddr_un any = {};
  any.sun_family = AF_UNIX;
  ::bind(socket, reinterpret_cast<const sockaddr*>(&any),
         sizeof(any.sun_family));
  return socket;
}

}  // namespace

std::vector<Fd> OddDescriptors() {
  Collection all;
  AddFiles(all);
  AddSockets(all);
  AddPipes(all);
  AddEvents(all);
  AddMemory(all);
  return std::move(all).Take();
}

std::vector<Fd> UnconnectedPacketSockets() {
  Collection all;
  all.Add(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  all.Add(BoundSocket());
  const int listening = BoundSocket();
  ::listen(listening, 4);
  // A client waits: the socket is readable, and cannot be read.
  sockaddr_un name = {};
  socklen_t size = sizeof(name);
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  ::getsockname(listening, address, &size);
  const int client = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  ::connect(client, address, size);
  all.Add(listening);
  all.Add(client);
  return std::move(all).Take();
}

}  // namespace ipc_channel_hostile
