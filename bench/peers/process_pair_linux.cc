#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peers/await_end.h"
#include "ipc_channel/bench/peers/interruption.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/process_pair.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using Clock = std::chrono::steady_clock;
using ipc_channel::transport::BorrowedFd;

std::string NewFolder() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/peers",
                                  ::getpid(), "_XXXXXX");
  CheckCall(::mkdtemp(path.data()) != nullptr, "mkdtemp");
  return path;
}

// About 16 MiB, and a hundred messages at most.
std::size_t DepthFor(std::size_t size) {
  return std::clamp<std::size_t>((std::size_t{16} << 20) / size, 2, 100);
}

Meeting NewMeeting(Traffic traffic, std::size_t size) {
  static int count = 0;
  return {.traffic = traffic,
          .size = size,
          .folder = NewFolder(),
          .name = absl::StrCat("peers", ::getpid(), "x", ++count, "x"),
          .depth = DepthFor(size)};
}

void RemoveFilesNamed(absl::string_view name) {
  std::error_code ignored;
  std::vector<std::filesystem::path> found;
  for (const char* folder : {"/dev/shm", "/tmp"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(folder, ignored)) {
      if (absl::StrContains(entry.path().native(), name)) {
        found.push_back(entry.path());
      }
    }
  }
  for (const auto& path : found) std::filesystem::remove_all(path, ignored);
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / 1e6;
}

double ProcessorSeconds() {
  rusage usage = {};
  CheckCall(::getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

int MillisecondsUntil(Clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// Takes the signal that is there; false if its sender is gone instead, even if
// not all that it was sent was read.
bool TakeSignal(BorrowedFd socket) {
  char signal;
  return ::recv(socket.get(), &signal, 1, 0) > 0;
}

std::string HowItEnded(int status) {
  return WIFSIGNALED(status)
             ? absl::StrCat("was killed by signal ", WTERMSIG(status))
             : absl::StrCat("ended with ", WEXITSTATUS(status));
}

}  // namespace

// In memory that all three processes share.
struct ProcessPair::Shared {
  std::array<std::atomic<double>, 2> processor_seconds = {};
  LatencyHistogram histogram;

  static Shared* New() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CheckCall(memory != MAP_FAILED, "mmap");
    return new (memory) Shared;
  }
};

ProcessPair::ProcessPair(const Peer& peer, Traffic traffic, std::size_t size,
                         const Body& near, const Body& far,
                         std::chrono::seconds limit)
    : deadline_(Clock::now() + limit),
      interruption_(NewInterruptionFd()),
      meeting_(NewMeeting(traffic, size)),
      connection_(peer.connect(meeting_)),
      shared_(Shared::New()) {
  if (!connection_.ok()) return;
  BarePair sockets = NewBarePair();
  near_socket_ = std::move(sockets.near);
  far_socket_ = std::move(sockets.far);
  std::fflush(nullptr);  // or a process that ends by exit() writes it, too
  Start(End::kNear, near, near_);
  Start(End::kFar, far, far_);
  near_socket_.Reset();
  far_socket_.Reset();
}

ProcessPair::~ProcessPair() {
  KillBoth();
  if (connection_.ok()) connection_->reset();
  ::munmap(shared_, sizeof(Shared));
  RemoveFilesNamed(meeting_.name);
  std::error_code ignored;
  std::filesystem::remove_all(meeting_.folder, ignored);
}

void ProcessPair::Start(End end, const Body& body, Process& process) {
  BarePair control = NewBarePair();
  const pid_t parent = ::getpid();
  process.pid = ::fork();
  CheckCall(process.pid >= 0, "fork");
  if (process.pid > 0) {
    process.control = std::move(control.near);
    return;
  }
  LetInterruptionsThrough();
  CheckCall(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
  if (::getppid() != parent) Stop("the process that measures is gone");
  // Each is told of the end of another by its descriptors.
  control.near.Reset();
  near_.control.Reset();
  (end == End::kNear ? far_socket_ : near_socket_).Reset();
  RunChild(end, body, control.far.Borrow());
}

void ProcessPair::RunChild(End end, const Body& body,
                           BorrowedFd control) noexcept {
  PinThisThread(end == End::kNear ? Side::kParent : Side::kChild);
  CheckCall(::setenv("TMPDIR", meeting_.folder.c_str(), 1) == 0, "setenv");
  std::unique_ptr<Link> link =
      (*connection_)
          ->Open(end,
                 (end == End::kNear ? near_socket_ : far_socket_).Borrow());
  LatencyHistogram ignored;
  body(*link, /*is_warm_up=*/true, ignored);
  SendSignal(control);
  if (!ReceiveSignal(control)) std::_Exit(1);
  const double before = ProcessorSeconds();
  body(*link, /*is_warm_up=*/false, shared_->histogram);
  shared_->processor_seconds[end == End::kNear ? 0 : 1] =
      ProcessorSeconds() - before;
  SendSignal(control);
  // An end that is closed early might take what the other has not read with it.
  if (!ReceiveSignal(control)) std::_Exit(1);
  link.reset();
  const bool by_exit = (*connection_)->EndsByExit();
  SendSignal(control);
  if (by_exit) std::exit(0);
  std::_Exit(0);
}

absl::Status ProcessPair::Run() { return Advance(); }

absl::Status ProcessPair::Finish() {
  if (absl::Status status = Advance(); !status.ok()) return status;
  for (Process* process : {&near_, &far_}) {
    if (!AwaitEnd(process->pid, deadline_).has_value()) {
      return Failed(absl::DeadlineExceededError("the processes do not end"));
    }
    process->pid = -1;
  }
  return absl::OkStatus();
}

absl::Status ProcessPair::Advance() {
  if (!connection_.ok()) return connection_.status();
  for (const Process* process : {&far_, &near_}) {
    // One that is gone is found out below.
    ::send(process->control.get(), "", 1, MSG_NOSIGNAL);
  }
  return AwaitReady();
}

absl::Status ProcessPair::AwaitReady() {
  if (!connection_.ok()) return connection_.status();
  Process* const processes[] = {&near_, &far_};
  pollfd sockets[] = {{.fd = near_.control.get(), .events = POLLIN},
                      {.fd = far_.control.get(), .events = POLLIN},
                      {.fd = interruption_.get(), .events = POLLIN}};
  while (sockets[0].fd >= 0 || sockets[1].fd >= 0) {
    const int count = ::poll(sockets, 3, MillisecondsUntil(deadline_));
    if (count < 0 && errno == EINTR) continue;
    CheckCall(count >= 0, "poll");
    if (count == 0) {
      return Failed(absl::DeadlineExceededError("the processes take too long"));
    }
    // First: it may be why a process is gone.
    if (sockets[2].revents != 0) {
      return Failed(absl::CancelledError("interrupted"));
    }
    for (int i = 0; i < 2; ++i) {
      if (sockets[i].fd < 0 || sockets[i].revents == 0) continue;
      if (!TakeSignal(processes[i]->control.Borrow())) {
        return Fail(*processes[i]);
      }
      sockets[i].fd = -1;
    }
  }
  return absl::OkStatus();
}

absl::Status ProcessPair::Fail(Process& process) {
  const char* which = &process == &near_ ? "near" : "far";
  // It ends, since nothing else closes that; what it does last might hang.
  const std::optional<int> status = AwaitEnd(process.pid, deadline_);
  if (!status.has_value()) {
    return Failed(absl::DeadlineExceededError(
        absl::StrCat("the ", which, " process does not end")));
  }
  process.pid = -1;
  return Failed(absl::UnavailableError(
      absl::StrCat("the ", which, " process ", HowItEnded(*status))));
}

absl::Status ProcessPair::Failed(absl::Status why) {
  KillBoth();
  return why;
}

void ProcessPair::KillBoth() {
  for (Process* process : {&near_, &far_}) {
    if (process->pid >= 0) KillChild(process->pid);
    process->pid = -1;
  }
}

double ProcessPair::processor_seconds() const {
  return shared_->processor_seconds[0] + shared_->processor_seconds[1];
}

const LatencyHistogram& ProcessPair::histogram() const {
  return shared_->histogram;
}

}  // namespace ipc_channel_bench
