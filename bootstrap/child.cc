#include "ipc_channel/bootstrap/child.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

// Between two looks at a child that nothing tells the end of.
constexpr absl::Duration kPause = absl::Milliseconds(10);

// A status of ours, or that there was no memory to say it with.
absl::Status Error(absl::StatusCode code, absl::string_view message) {
  return transport::OrOutOfMemory([&] { return absl::Status(code, message); });
}

absl::Status NoChildError() {
  return Error(absl::StatusCode::kFailedPrecondition,
               "there is no child of this process");
}

}  // namespace

Child::Child(internal::ProcessHold hold, ChildAtDestruction at_destruction)
    : hold_(std::move(hold)), at_destruction_(at_destruction) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  EndChild();
  hold_ = std::move(other.hold_);
  at_destruction_ = other.at_destruction_;
  end_ = std::move(other.end_);
  return *this;
}

Child::~Child() { EndChild(); }

absl::StatusOr<transport::BorrowedFd> Child::waitable() const {
  if (!hold_.valid()) return NoChildError();
  return hold_.waitable();
}

absl::Time Child::deadline() const {
  if (!hold_.valid() || end_.has_value()) return absl::InfinitePast();
  if (hold_.waitable().valid()) return absl::InfiniteFuture();
  return absl::Now() + kPause;
}

absl::StatusOr<std::optional<ExitStatus>> Child::TryWait() {
  if (!hold_.IsOurs()) return NoChildError();
  if (!end_.has_value()) {
    absl::StatusOr<std::optional<ExitStatus>> end =
        transport::OrOutOfMemory([&] { return hold_.TryReap(); });
    if (end.ok() && !end->has_value()) return end;
    if (!end.ok() && !absl::IsFailedPrecondition(end.status())) return end;
    end_.emplace(end.ok() ? absl::StatusOr<ExitStatus>(**end) : end.status());
  }
  if (!end_->ok()) return end_->status();
  return std::optional<ExitStatus>(**end_);
}

absl::StatusOr<ExitStatus> Child::WaitUntil(absl::Time deadline) {
  while (true) {
    const absl::StatusOr<std::optional<ExitStatus>> end = TryWait();
    if (!end.ok()) return end.status();
    if (end->has_value()) return **end;
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return Error(absl::StatusCode::kDeadlineExceeded, "the child still runs");
    }
    if (hold_.waitable().valid()) {
      hold_.AwaitEnd(deadline);
    } else {
      absl::SleepFor(std::min(left, kPause));
    }
  }
}

absl::Status Child::Kill(int signal) {
  if (!hold_.IsOurs()) return NoChildError();
  if (end_.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the child has been waited for");
  }
  return transport::OrOutOfMemory([&] { return hold_.Signal(signal); });
}

void Child::EndChild() {
  if (!hold_.IsOurs() || end_.has_value()) return;
  if (at_destruction_ == ChildAtDestruction::kKill && !hold_.Kill()) return;
  hold_.Reap();
}

}  // namespace ipc_channel
