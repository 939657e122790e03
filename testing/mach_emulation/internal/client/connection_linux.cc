#include <errno.h>
#include <mach/kern_return.h>
#include <mach/mach_init.h>
#include <mach/message.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"
#include "ipc_channel/testing/mach_emulation/shortage.h"

extern "C" {
mach_port_t mach_task_self_ =
    ipc_channel_testing::mach_emulation::kTaskSelfName;
mach_port_t bootstrap_port =
    ipc_channel_testing::mach_emulation::kBootstrapName;
}

namespace ipc_channel_testing::mach_emulation {
namespace {

[[noreturn]] void Abort(const char* sentence) {
  std::fprintf(stderr, "mach_emulation: %s\n", sentence);
  std::abort();
}

UniqueFd ConnectToKernel() {
  const char* const name = std::getenv(kSocketVariable);
  if (name == nullptr) {
    Abort(
        "this program uses Mach and runs under no kernel; start it by "
        "//testing/mach_emulation:run_under");
  }
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::size_t length =
      std::min(std::strlen(name), sizeof(address.sun_path) - 1);
  std::memcpy(address.sun_path + 1, name, length);
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  if (!socket.valid() ||
      connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    Abort("the emulated kernel cannot be reached");
  }
  return socket;
}

bool SendCall(int socket, const Call& call, const CallOptions& options) {
  const std::span<const Call> fixed(&call, 1);
  return SendFrame(socket, std::as_bytes(fixed), options.payload, options.fds);
}

// True if a signal handler has run before there was anything to receive. poll()
// is never restarted after one, as recvmsg() may be, and ThreadSanitizer runs
// handlers in it.
bool InterruptedBefore(int socket) {
  pollfd polled = {socket, POLLIN, 0};
  return poll(&polled, 1, -1) < 0 && errno == EINTR;
}

CallResult CallOver(int socket, const Call& call, const CallOptions& options) {
  if (!SendCall(socket, call, options)) {
    Abort(errno == EPIPE ? "the emulated kernel is gone"
                         : "a call cannot be sent to the emulated kernel");
  }
  if (options.interruptible && InterruptedBefore(socket)) {
    SendCall(socket, Call{Op::kInterrupt, {}, {}}, {});
  }
  while (InterruptedBefore(socket)) continue;
  CallResult result;
  const std::span<Answer> fixed(&result.answer, 1);
  switch (ReceiveFrame(socket, std::as_writable_bytes(fixed), result.content)) {
    case FrameResult::kFrame:
      return result;
    case FrameResult::kClosed:
      Abort("the emulated kernel is gone");
    case FrameResult::kMalformed:
      Abort("an answer of the emulated kernel is malformed or was cut short");
  }
  Abort("no such result");
}

std::uint32_t TicketFromEnvironment() {
  const char* const ticket = std::getenv(kTicketVariable);
  return ticket == nullptr
             ? 0
             : static_cast<std::uint32_t>(std::strtoul(ticket, nullptr, 10));
}

// The process as a task, and the sockets of all its threads.
class Process {
 public:
  static Process& Get() {
    static Process* const process = new Process;
    return *process;
  }

  // A socket for the calling thread.
  UniqueFd Join() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!anchor_.valid()) BecomeTask();
    UniqueFd socket = ConnectToKernel();
    CallOver(socket.get(), Call{Op::kJoinTask, {task_}, {}}, {});
    sockets_.insert(socket.get());
    return socket;
  }

  void Leave(UniqueFd socket) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sockets_.erase(socket.get());
    socket.Reset();
  }

  // How often this process has become another one. Changes in children of a
  // fork only, which have one thread then.
  int generation() const { return generation_; }

  void LockForFork() { mutex_.lock(); }
  void UnlockAfterFork() { mutex_.unlock(); }
  // The parent's sockets are not the child's: a task ends with the last one.
  void BecomeChild() {
    for (const int socket : sockets_) close(socket);
    sockets_.clear();
    anchor_.Reset();
    parent_ = task_;
    task_ = 0;
    ++generation_;
    mutex_.unlock();
  }

 private:
  Process() {
    pthread_atfork([] { Get().LockForFork(); }, [] { Get().UnlockAfterFork(); },
                   [] { Get().BecomeChild(); });
  }

  void BecomeTask() {
    anchor_ = ConnectToKernel();
    Call call{Op::kNewTask, {}, {}};
    call.number[0] = parent_;
    call.number[1] = static_cast<std::uint32_t>(getppid());
    // A forked child is not the one that was spawned with it.
    call.number[2] = parent_ == 0 ? TicketFromEnvironment() : 0;
    task_ = CallOver(anchor_.get(), call, {}).number(0);
  }

  std::mutex mutex_;
  UniqueFd anchor_;
  std::set<int> sockets_;
  std::uint32_t task_ = 0;
  std::uint32_t parent_ = 0;
  int generation_ = 1;
};

class Thread {
 public:
  ~Thread() {
    if (IsCurrent()) Process::Get().Leave(std::move(socket_));
    // After a fork the number may be somebody else's.
    (void)socket_.Release();
  }

  int socket() {
    if (!IsCurrent()) {
      (void)socket_.Release();
      socket_ = Process::Get().Join();
      generation_ = Process::Get().generation();
    }
    return socket_.get();
  }

 private:
  bool IsCurrent() const {
    return socket_.valid() && generation_ == Process::Get().generation();
  }

  UniqueFd socket_;
  int generation_ = 0;
};

thread_local Thread this_thread;

// What a call gives when the task, or the kernel, is short of something; none
// for calls that need nothing.
std::optional<std::int32_t> RefusalOf(Op op) {
  std::int32_t of_names = 0;
  std::int32_t of_memory = 0;
  switch (op) {
    case Op::kPortAllocate:
    case Op::kPortConstruct:
    case Op::kPortInsertRight:
    case Op::kPortRequestNotification:
    case Op::kMakeMemoryEntry:
    case Op::kMapMemoryEntry:
      of_names = KERN_NO_SPACE;
      of_memory = KERN_RESOURCE_SHORTAGE;
      break;
    case Op::kSend:
      of_names = of_memory = MACH_SEND_NO_BUFFER;
      break;
    case Op::kMakeFileport:
    case Op::kMakeFd:
    case Op::kKqueueNew:
    case Op::kKqueueChange:
      of_names = EMFILE;
      of_memory = ENOMEM;
      break;
    default:
      return std::nullopt;
  }
  const std::optional<Short> shortage = TakeShortage();
  if (!shortage.has_value()) return std::nullopt;
  return *shortage == Short::kOfNames ? of_names : of_memory;
}

// A program under the launcher is a task from its start: tests that count
// descriptors find those of the main thread there.
__attribute__((constructor)) void BecomeTaskAtStart() {
  if (std::getenv(kSocketVariable) != nullptr) this_thread.socket();
}

}  // namespace

CallResult CallKernel(Op op, std::initializer_list<std::uint32_t> numbers,
                      const CallOptions& options) {
  if (const std::optional<std::int32_t> refusal = RefusalOf(op)) {
    CallResult refused = {};
    refused.answer.result = *refusal;
    return refused;
  }
  Call call{op, {}, {options.wide[0], options.wide[1]}};
  std::copy(numbers.begin(), numbers.end(), call.number);
  return CallOver(this_thread.socket(), call, options);
}

}  // namespace ipc_channel_testing::mach_emulation
