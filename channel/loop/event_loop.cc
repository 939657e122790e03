#include "ipc_channel/channel/loop/event_loop.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/internal/misuse.h"
#include "ipc_channel/channel/loop/internal/list_hook.h"
#include "ipc_channel/channel/loop/internal/poller.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

using internal::ListHook;
using internal::WatchNode;
using transport::MutexLock;

// What a user holds; the node is deleted later if its callback is running.
class EventLoop::LoopWatch final : public Watch {
 public:
  explicit LoopWatch(std::unique_ptr<WatchNode> node)
      : node_(std::move(node)) {}
  ~LoopWatch() override {
    if (node_->loop != nullptr) node_->loop->Drop(*node_);
    node_->is_dropped = true;
    if (node_->calls > 0) static_cast<void>(node_.release());
  }

  void Arm(absl::Time deadline) override {
    if (node_->loop != nullptr) node_->loop->Arm(*node_, deadline);
  }
  void Disarm() override {
    if (node_->loop != nullptr) node_->loop->Disarm(*node_);
  }

 private:
  std::unique_ptr<WatchNode> node_;
};

EventLoop::EventLoop(std::unique_ptr<internal::Poller> poller,
                     transport::Doorbell bell)
    : poller_(std::move(poller)),
      bell_(std::move(bell)),
      bell_node_(bell_.descriptor(), transport::Interest::kReadable, nullptr) {}

EventLoop::~EventLoop() {
  while (WatchNode* const node = all_.next()) {
    node->among_all.Unlink();
    node->among_due.Unlink();
    if (node->descriptor.valid()) poller_->Remove(*node);
    node->loop = nullptr;
  }
  if (bell_node_.loop != nullptr) poller_->Remove(bell_node_);
  // What is destroyed with a task may execute more.
  std::vector<Task> dropped;
  do {
    dropped.clear();
    const MutexLock lock(mutex_);
    dropped.swap(tasks_);
  } while (!dropped.empty());
}

absl::Status EventLoop::Start() {
  absl::Status added =
      transport::OrOutOfMemory([this] { return poller_->Add(bell_node_); });
  if (!added.ok()) return added;
  bell_node_.loop = this;
  bell_node_.is_armed = true;
  poller_->Arm(bell_node_);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Watch>> EventLoop::NewWatch(
    transport::BorrowedFd descriptor, transport::Interest interest,
    absl::AnyInvocable<void()> callback) {
  return transport::OrOutOfMemory([&] {
    return NewWatchOrThrow(descriptor, interest, std::move(callback));
  });
}

absl::StatusOr<std::unique_ptr<Watch>> EventLoop::NewWatchOrThrow(
    transport::BorrowedFd descriptor, transport::Interest interest,
    absl::AnyInvocable<void()> callback) {
  auto node =
      std::make_unique<WatchNode>(descriptor, interest, std::move(callback));
  WatchNode& added = *node;
  auto watch = std::make_unique<LoopWatch>(std::move(node));
  deadlines_.Reserve(watches_ + 1);
  if (descriptor.valid()) {
    absl::Status status = poller_->Add(added);
    if (!status.ok()) return status;
  }
  added.loop = this;
  added.among_all.AppendTo(all_);
  ++watches_;
  return watch;
}

void EventLoop::Arm(WatchNode& node, absl::Time deadline) {
  if (node.among_due.is_linked()) return;
  deadlines_.Remove(node);
  node.deadline = deadline;
  if (deadline == absl::InfinitePast()) return MakeDue(node);
  if (deadline != absl::InfiniteFuture()) deadlines_.Add(node);
  if (std::exchange(node.is_armed, true)) return;
  if (node.descriptor.valid()) poller_->Arm(node);
}

void EventLoop::Disarm(WatchNode& node) {
  node.is_armed = false;
  deadlines_.Remove(node);
  node.among_due.Unlink();
}

void EventLoop::Drop(WatchNode& node) {
  Disarm(node);
  node.among_all.Unlink();
  --watches_;
  if (node.descriptor.valid()) poller_->Remove(node);
}

void EventLoop::MakeDue(WatchNode& node) {
  node.is_armed = false;
  deadlines_.Remove(node);
  node.among_due.AppendTo(due_);
}

void EventLoop::Run() {
  while (!stop_.exchange(false)) RunOnce();
}

bool EventLoop::RunOnce(absl::Time deadline) {
  if (is_in_turn_) {
    internal::StopForMisuse(
        "a loop was to be run by what it calls (BlockOn, Run)");
  }
  poller_->Wait(BeginWait(deadline), [this](WatchNode& node) {
    if (node.is_armed && &node != &bell_node_) MakeDue(node);
  });
  EndWait();
  CollectExpired();
  is_in_turn_ = true;
  const bool have_run = RunTasks();
  const bool have_called = CallDue();
  is_in_turn_ = false;
  return have_run || have_called;
}

void EventLoop::Stop() {
  // Whoever sees it may destroy the loop, which waits for this lock.
  const MutexLock lock(mutex_);
  stop_ = true;
  if (waits_) bell_.Ring();
}

void EventLoop::Execute(Task task) noexcept {
  const MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  if (waits_) bell_.Ring();
}

// Until when to wait. From here on whoever has something to do rings.
absl::Time EventLoop::BeginWait(absl::Time deadline) {
  const MutexLock lock(mutex_);
  if (due_.is_linked() || !tasks_.empty() || stop_) {
    return absl::InfinitePast();
  }
  waits_ = true;
  return std::min(deadline, deadlines_.next());
}

void EventLoop::EndWait() {
  const MutexLock lock(mutex_);
  waits_ = false;
  bell_.Silence();
  tasks_.swap(running_);
}

void EventLoop::CollectExpired() {
  if (deadlines_.empty()) return;
  const absl::Time now = absl::Now();
  while (WatchNode* const node = deadlines_.TakeExpired(now)) MakeDue(*node);
}

bool EventLoop::RunTasks() {
  if (running_.empty()) return false;
  for (Task& task : running_) {
    Task once = std::move(task);
    std::move(once)();
  }
  running_.clear();
  return true;
}

bool EventLoop::CallDue() {
  ListHook<WatchNode> turn;
  due_.MoveTo(turn);
  bool have_called = false;
  while (WatchNode* const node = turn.next()) {
    node->among_due.Unlink();
    Call(*node);
    have_called = true;
  }
  return have_called;
}

void EventLoop::Call(WatchNode& node) {
  ++node.calls;
  node.callback();
  if (--node.calls == 0 && node.is_dropped) delete &node;
}

}  // namespace ipc_channel
