#include "ipc_channel/channel/coro/internal/select_core.h"

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/errors.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"

namespace ipc_channel::coro::internal {

void Branch::OnReady() { core_->OnReady(*this); }

void Branch::OnAbandoned() {
  waits_ = false;
  core_->OnAbandoned();
}

SelectCore::SelectCore(std::span<Branch* const> branches, absl::Time deadline)
    : branches_(branches), deadline_(deadline) {
  for (Branch* const branch : branches_) branch->core_ = this;
}

absl::Status SelectCore::CheckBranches() const {
  for (const Branch* const branch : branches_) {
    if (branch->point_ == nullptr) return EmptyError();
    const auto is_same = [&](const Branch* other) {
      return other->point_ == branch->point_;
    };
    if (branch->point_->is_awaited() ||
        std::ranges::count_if(branches_, is_same) > 1) {
      return AwaitedError();
    }
  }
  return absl::OkStatus();
}

bool SelectCore::Begin() {
  status_ = CheckBranches();
  if (!status_.ok()) return true;
  if (!branches_.front()->point_->TakeTurn()) return false;
  return TryAll() || IsLate();
}

bool SelectCore::TryAll() {
  has_tried_ = true;
  const std::size_t start = branches_.front()->point_->NextStart();
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    winner_ = (start + i) % branches_.size();
    if (branches_[winner_]->Try()) return true;
  }
  return false;
}

bool SelectCore::IsLate() {
  if (deadline_ == absl::InfiniteFuture() || absl::Now() < deadline_) {
    return false;
  }
  status_ = LateError();
  return true;
}

void SelectCore::Suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  for (Branch* const branch : branches_) Wait(*branch);
}

void SelectCore::Wait(Branch& branch) {
  branch.waits_ = true;
  // Without an attempt before nothing may be waited for: only for the turn.
  branch.point_->Await(branch, has_tried_ ? std::min(deadline_, branch.LookAt())
                                          : absl::InfinitePast());
}

void SelectCore::LeaveAll() {
  for (Branch* const branch : branches_) {
    if (std::exchange(branch->waits_, false)) branch->point_->Leave();
  }
}

void SelectCore::OnReady(Branch& branch) {
  if (!has_tried_) {
    if (TryAll() || IsLate()) return Resume();
    for (Branch* const other : branches_) Wait(*other);
    return;
  }
  const auto found = std::ranges::find(branches_, &branch);
  winner_ = static_cast<std::size_t>(found - branches_.begin());
  if (branch.Try() || IsLate()) return Resume();
  Wait(branch);
}

void SelectCore::OnAbandoned() {
  status_ = AbandonedError();
  Resume();
}

void SelectCore::Resume() {
  LeaveAll();
  std::exchange(waiting_, {}).resume();
}

}  // namespace ipc_channel::coro::internal
