// bad_client DEED: speaks to the emulated kernel by its protocol, badly.

#include <mach/mach.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

UniqueFd ConnectToKernel() {
  const char* const name = std::getenv(kSocketVariable);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                           std::strlen(name));
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    std::exit(98);
  }
  return socket;
}

void Send(const UniqueFd& socket, const Call& call,
          std::span<const std::byte> payload = {},
          std::span<const int> fds = {}) {
  SendFrame(socket.get(), std::as_bytes(std::span(&call, 1)), payload, fds);
}

Answer Receive(const UniqueFd& socket) {
  Answer answer = {};
  FrameContent content;
  if (ReceiveFrame(socket.get(), std::as_writable_bytes(std::span(&answer, 1)),
                   content) != FrameResult::kFrame) {
    std::exit(97);
  }
  return answer;
}

UniqueFd NewTask() {
  UniqueFd socket = ConnectToKernel();
  Send(socket, {Op::kNewTask, {}, {}});
  Receive(socket);
  return socket;
}

// A message that says it has a page out of line, with fewer bytes than that.
void SendMemoryThatIsNotThere(const UniqueFd& socket) {
  struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t memory;
  } message = {};
  message.header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
  message.header.msgh_remote_port = kBootstrapName;
  message.body.msgh_descriptor_count = 1;
  message.memory.size = 4096;
  message.memory.type = MACH_MSG_OOL_DESCRIPTOR;
  const UniqueFd memory(memfd_create("empty", MFD_CLOEXEC));
  const int fd = memory.get();
  Send(socket, {Op::kSend, {0, 0, kNone}, {}},
       std::as_bytes(std::span(&message, 1)), std::span(&fd, 1));
}

// A receive that waits, and something after it.
void SendSecondCall(const UniqueFd& socket) {
  Send(socket, {Op::kPortAllocate, {MACH_PORT_RIGHT_RECEIVE}, {}});
  const std::uint32_t port = Receive(socket).number[0];
  Send(socket, {Op::kReceive, {port, 0, 100, 0}, {}});
  Send(socket, {Op::kPortType, {port}, {}});
}

void SendWrongSizes(const UniqueFd& socket) {
  struct {
    std::uint32_t fixed_size = sizeof(Call);
    std::uint32_t payload_size = 1000;
    std::uint32_t payload_in_memfd = 0;
    Call call = {Op::kPortType, {}, {}};
  } frame;
  send(socket.get(), &frame, sizeof(frame), MSG_NOSIGNAL);
}

void Do(std::string_view deed) {
  if (deed == "nothing") {
    NewTask();
    std::_Exit(0);
  }
  if (deed == "use mach") {
    mach_port_t port;
    mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    return;
  }
  if (deed == "no task") {
    return Send(ConnectToKernel(), {Op::kPortType, {}, {}});
  }
  const UniqueFd socket = NewTask();
  if (deed == "unknown call") Send(socket, {Op{9999}, {}, {}});
  if (deed == "short frame") send(socket.get(), "x", 1, MSG_NOSIGNAL);
  if (deed == "wrong sizes") SendWrongSizes(socket);
  if (deed == "memory that is not there") SendMemoryThatIsNotThere(socket);
  if (deed == "second call") SendSecondCall(socket);
  if (deed == "foreign task") {
    Send(ConnectToKernel(), {Op::kJoinTask, {9999}, {}});
  }
  while (true) pause();  // until the kernel is gone
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

int main(int argc, char** argv) {
  if (argc != 2) return 96;
  ipc_channel_testing::mach_emulation::Do(argv[1]);
  while (true) pause();
}
