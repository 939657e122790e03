// Workers that a file has taken over, as the tests of the decoder meet them:
//
//   malicious_worker WHAT
//
// enters the decoder's own sandbox, as a worker does, and then does WHAT.

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/examples/decoder/decoder_policy.h"
#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/decoder/protocol.h"
#include "ipc_channel/examples/decoder/worker.h"
#include "ipc_channel/examples/sandbox/sanitizer_calls.h"
#include "ipc_channel/transport/transport.h"

namespace decoder {
namespace {

namespace ipc = ipc_channel;

ipc::SharedMemory Pixels(std::size_t size) {
  auto memory = ipc::SharedMemory::Create(size, [](std::span<std::byte>) {});
  if (!memory.ok()) std::abort();
  return *std::move(memory);
}

// What becomes of it if the sandbox has let something happen.
void Boast(WorkerEnds& parent) {
  parent.sender.Send(Refusal{"did it"}).IgnoreError();
}

[[noreturn]] void Hang() {
  // With a call that is allowed, so that it is the deadline that ends it.
  while (true) ::ppoll(nullptr, 0, nullptr, nullptr);
}

void SendImage(WorkerEnds& parent, std::uint32_t width, std::uint32_t height,
               std::size_t bytes) {
  parent.sender.Send(Image{width, height, Pixels(bytes)}).IgnoreError();
}

void Flood(WorkerEnds& parent) {
  while (parent.sender.Send(Refusal{"no, no, no"}).ok()) {
  }
}

void SendGarbage(WorkerEnds& parent) {
  const std::vector<std::byte> garbage(100, std::byte{0xa5});
  ::sendto(parent.sender.waitable()->get(), garbage.data(), garbage.size(),
           MSG_NOSIGNAL, nullptr, 0);
}

// A message that is one, and no reply.
void SendAnotherType(WorkerEnds& parent) {
  const std::vector<std::byte> zeros(16);
  parent.sender.raw().Send(zeros).IgnoreError();
}

void SendHugeText(WorkerEnds& parent) {
  parent.sender.Send(Refusal{std::string(60'000, 'x')}).IgnoreError();
}

void SendControlCharacters(WorkerEnds& parent) {
  parent.sender.Send(Refusal{"\x1b[2J\r\ngood.png: 1x1"}).IgnoreError();
}

void SendHandles(WorkerEnds& parent, std::size_t count) {
  const ipc::SharedMemory memory = Pixels(4096);
  const std::vector<ipc::transport::HandleRef> handles(count, memory);
  parent.sender.raw().Send({}, handles).IgnoreError();
}

// The packet of an image as the library makes it, which a channel of one's own
// shows, and how it was sent.
struct ImagePacket {
  std::array<std::byte, 4096> bytes;
  std::size_t size = 0;
};

ImagePacket MakePacket(std::uint32_t width, std::uint32_t height) {
  auto channel = ipc::Channel<Reply>();
  if (!channel.ok()) std::abort();
  auto& [sender, receiver] = *channel;
  Image image = {width, height, Pixels(PixelBytes(width, height))};
  if (!sender.Send(std::move(image)).ok()) std::abort();
  ImagePacket packet;
  const ssize_t got = ::recv(receiver.waitable()->get(), packet.bytes.data(),
                             packet.bytes.size(), 0);
  if (got < 0) std::abort();
  packet.size = static_cast<std::size_t>(got);
  return packet;
}

// Sends the packet with `descriptor` in place of the memory.
void SendInstead(WorkerEnds& parent, ImagePacket& packet, int descriptor) {
  iovec bytes = {.iov_base = packet.bytes.data(), .iov_len = packet.size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {.msg_iov = &bytes,
                    .msg_iovlen = 1,
                    .msg_control = control.data(),
                    .msg_controllen = control.size()};
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  ::sendmsg(parent.sender.waitable()->get(), &message, MSG_NOSIGNAL);
}

// Memory that its maker can go on writing and shrinking.
void SendUnsealed(WorkerEnds& parent, ImagePacket& packet, std::size_t bytes) {
  const int memory = ::memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ::fallocate(memory, 0, 0, static_cast<off_t>(bytes));
  SendInstead(parent, packet, memory);
}

// Sealed, and less than the packet says.
void SendShort(WorkerEnds& parent, ImagePacket& packet, std::size_t bytes) {
  const int memory = ::memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ::fallocate(memory, 0, 0, static_cast<off_t>(bytes));
  ::fcntl(memory, F_ADD_SEALS,
          F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  SendInstead(parent, packet, memory);
}

void CloseEverything() {
  for (int descriptor = 0; descriptor < 64; ++descriptor) ::close(descriptor);
}

void Connect() {
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
  ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

void Execute() {
  char name[] = "/bin/true";
  char* const arguments[] = {name, nullptr};
  ::execve(name, arguments, arguments + 1);
}

void MapExecutable() {
  ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// How large a memory object may become: all an image may have, and no more.
void OverfillMemory() {
  const int memory = ::memfd_create("image", MFD_CLOEXEC);
  const char byte = 0;
  ::pwrite(memory, &byte, 1, static_cast<off_t>(kMaxPixelBytes));
}

using Deed = std::function<void(WorkerEnds&)>;

std::map<std::string, Deed> Deeds() {
  const int parent = static_cast<int>(::getppid());
  // Before the sandbox is entered, which makes no channels.
  ImagePacket packet = MakePacket(64, 64);
  constexpr std::size_t kBytes = PixelBytes(64, 64);
  return {
      {"opens a file", [](auto&) { ::open("/etc/passwd", O_RDONLY); }},
      {"connects", [](auto&) { Connect(); }},
      {"makes a socket", [](auto&) { ::socket(AF_UNIX, SOCK_STREAM, 0); }},
      {"forks", [](auto&) { ::syscall(SYS_clone, 0, 0, 0, 0, 0); }},
      {"executes", [](auto&) { Execute(); }},
      {"traces its parent",
       [parent](auto&) { ::ptrace(PTRACE_ATTACH, parent, nullptr, nullptr); }},
      {"signals its parent", [parent](auto&) { ::kill(parent, SIGTERM); }},
      {"signals a thread of its parent",
       [parent](auto&) { ::syscall(SYS_tgkill, parent, parent, SIGTERM); }},
      // Which is not kill(), and does not ask a filter that forbids that.
      {"has its parent signalled",
       [parent](auto& to) {
         ::fcntl(to.sender.waitable()->get(), F_SETOWN, parent);
       }},
      {"maps code", [](auto&) { MapExecutable(); }},
      {"lifts its limits",
       [](auto&) {
         const rlimit most = {RLIM_INFINITY, RLIM_INFINITY};
         ::setrlimit(RLIMIT_CPU, &most);
       }},
      {"overfills its memory", [](auto&) { OverfillMemory(); }},
      {"aborts", [](auto&) { std::abort(); }},
      {"exits", [](auto&) { ::_exit(3); }},
      {"hangs", [](auto&) { Hang(); }},
      {"closes its descriptors and hangs",
       [](auto&) {
         CloseEverything();
         Hang();
       }},
      {"floods", Flood},
      {"sends garbage", SendGarbage},
      {"sends another type", SendAnotherType},
      {"sends a huge text", SendHugeText},
      {"sends control characters", SendControlCharacters},
      {"sends 200 handles", [](auto& to) { SendHandles(to, 200); }},
      {"sends 1000 handles", [](auto& to) { SendHandles(to, 1000); }},
      {"sends no pixels", [](auto& to) { SendImage(to, 64, 64, 0); }},
      {"sends too few pixels",
       [](auto& to) { SendImage(to, 64, 64, kBytes - 1); }},
      {"sends too many pixels",
       [](auto& to) { SendImage(to, 64, 64, kBytes + 1); }},
      {"sends no width", [](auto& to) { SendImage(to, 0, 64, 0); }},
      {"sends dimensions that overflow",
       [](auto& to) { SendImage(to, 1u << 31, 1u << 31, 0); }},
      {"sends unsealed memory",
       [packet](auto& to) mutable { SendUnsealed(to, packet, kBytes); }},
      {"sends short memory",
       [packet](auto& to) mutable { SendShort(to, packet, kBytes - 1); }},
      {"sends a descriptor for memory",
       [packet](auto& to) mutable { SendInstead(to, packet, 0); }},
      {"keeps the input and replies",
       [](auto& to) {
         SendImage(to, 64, 64, kBytes);
         Hang();
       }},
  };
}

int Run(const std::string& what) {
  const auto deeds = Deeds();
  const auto deed = deeds.find(what);
  if (deed == deeds.end()) return 4;
  auto parent = StartWorker(sandbox::ForSanitizers(DecoderPolicy()));
  if (!parent.ok()) return kNoSandboxCode;
  // Never closed.
  auto& job = *new absl::StatusOr<Job>(parent->receiver.Recv());
  if (!job.ok()) return 1;
  deed->second(*parent);
  Boast(*parent);
  return 0;
}

}  // namespace
}  // namespace decoder

int main(int argc, char** argv) {
  ::_exit(argc == 2 ? decoder::Run(argv[1]) : 4);
}
