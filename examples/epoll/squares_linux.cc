// Channels in a loop of one's own, which is nothing but epoll: a child squares
// more numbers than its channel has room for, and the parent waits for room,
// for squares and for a timer of its own. With --mortal the child dies before
// it is through.

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/loops/squarer.h"
#include "ipc_channel/examples/loops/tally.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/transport/poll_timeout.h"

namespace {

namespace ipc = ipc_channel;

constexpr std::int64_t kLast = 1000;

class Parent {
 public:
  explicit Parent(loops::Squarer child) : child_(std::move(child)) {}

  int Run() {
    if (!Watch()) return 1;
    SendNumbers();
    if (is_full_) std::printf("numbers wait for room\n");
    while (child_.squares.valid()) {
      if (!Wait()) return 1;
      ReceiveSquares();
      SendNumbers();
    }
    tally_.Print(child_.WaitForExit());
    return 0;
  }

 private:
  bool Watch() {
    const auto squares = child_.squares.waitable();
    const auto numbers = child_.numbers.waitable();
    if (!squares.ok() || !numbers.ok()) return false;
    squares_fd_ = squares->get();
    numbers_fd_ = numbers->get();
    const itimerspec in_10_ms = {
        .it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 10'000'000}};
    // Room is waited for only once there was none.
    return Control(EPOLL_CTL_ADD, squares_fd_, EPOLLIN) &&
           Control(EPOLL_CTL_ADD, numbers_fd_, EPOLLET) &&
           Control(EPOLL_CTL_ADD, timer_.get(), EPOLLIN) &&
           ::timerfd_settime(timer_.get(), 0, &in_10_ms, nullptr) == 0;
  }

  // For everything, and for no longer than a channel says.
  bool Wait() {
    absl::Time deadline = child_.squares.deadline();
    if (is_full_) deadline = std::min(deadline, numbers_deadline_);
    epoll_event events[3];
    const int count = ::epoll_wait(epoll_.get(), events, 3,
                                   ipc::transport::PollTimeout(deadline));
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == timer_.get()) LetBegin();
    }
    return count >= 0 || errno == EINTR;
  }

  void LetBegin() {
    std::printf("a timer lets the child begin\n");
    child_.Begin();
    Control(EPOLL_CTL_DEL, timer_.get(), 0);
  }

  // All that there are now. Where a peer may send without end, others want
  // their turn after some.
  void ReceiveSquares() {
    while (true) {
      auto square = child_.squares.TryRecv();
      if (square.ok() && !square->has_value()) return;
      const auto value = square.ok() ? absl::StatusOr<std::int64_t>(**square)
                                     : square.status();
      if (tally_.Add(value)) continue;
      Control(EPOLL_CTL_DEL, squares_fd_, 0);  // before it is closed
      child_.squares = {};
      return;
    }
  }

  // All that there is room for now.
  void SendNumbers() {
    is_full_ = false;
    while (child_.numbers.valid()) {
      const absl::Status sent = child_.numbers.TrySend(next_);
      if (ipc::IsFull(sent)) return AwaitRoom();
      if (sent.ok() && ++next_ <= kLast) continue;
      if (sent.ok()) std::printf("all numbers have been sent\n");
      Control(EPOLL_CTL_DEL, numbers_fd_, 0);  // before it is closed
      child_.numbers = {};
    }
  }

  void AwaitRoom() {
    is_full_ = true;
    numbers_deadline_ = child_.numbers.deadline();
    const bool wants_writable =
        child_.numbers.interest() == ipc::transport::Interest::kWritable;
    Control(EPOLL_CTL_MOD, numbers_fd_,
            (wants_writable ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT);
  }

  bool Control(int operation, int fd, std::uint32_t events) {
    epoll_event event = {.events = events, .data = {.fd = fd}};
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  loops::Squarer child_;
  loops::Tally tally_;
  ipc::UniqueFd epoll_ = ipc::UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  ipc::UniqueFd timer_ =
      ipc::UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  int squares_fd_ = -1;
  int numbers_fd_ = -1;
  std::int64_t next_ = 1;
  bool is_full_ = false;
  absl::Time numbers_deadline_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, argc);
  if (loops::IsSquarer(arguments)) return loops::RunSquarer(arguments);
  auto child = loops::StartSquarer(arguments.size() > 1);
  if (!child.ok()) return 1;
  return Parent(*std::move(child)).Run();
}
