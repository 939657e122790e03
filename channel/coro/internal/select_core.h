#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SELECT_CORE_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SELECT_CORE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"

namespace ipc_channel::coro::internal {

class SelectCore;

// One of several ends that are waited for at once.
class Branch : private PointWaiter {
 public:
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;
  virtual ~Branch() = default;

 protected:
  // `point` is null for an empty end.
  explicit Branch(WaitPoint* point) : point_(point) {}

  virtual bool Try() = 0;
  virtual absl::Time LookAt() = 0;

 private:
  friend class SelectCore;

  void OnReady() override;
  void OnAbandoned() override;

  WaitPoint* const point_;
  SelectCore* core_ = nullptr;
  bool waits_ = false;
};

// Tries all of `branches`, from another one on each time, and then those that
// may be worth it, until one gives something. Lives in the frame of the
// coroutine that waits; destroying it ends the waiting.
class SelectCore {
 public:
  SelectCore(std::span<Branch* const> branches, absl::Time deadline);
  SelectCore(const SelectCore&) = delete;
  SelectCore& operator=(const SelectCore&) = delete;
  ~SelectCore() { LeaveAll(); }

  bool Begin();
  void Suspend(std::coroutine_handle<> waiting);

  // How it ended: OK, and the index of the branch that has something.
  const absl::Status& status() const { return status_; }
  std::size_t winner() const { return winner_; }

 private:
  friend class Branch;

  absl::Status CheckBranches() const;
  bool TryAll();
  bool IsLate();
  void Wait(Branch& branch);
  void LeaveAll();
  void Resume();
  void OnReady(Branch& branch);
  void OnAbandoned();

  const std::span<Branch* const> branches_;
  const absl::Time deadline_;
  bool has_tried_ = false;
  std::size_t winner_ = 0;
  absl::Status status_;
  std::coroutine_handle<> waiting_;
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SELECT_CORE_H_
