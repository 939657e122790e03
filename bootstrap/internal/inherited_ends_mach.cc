#include <mach/mach.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/ask_for_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_check.h"
#include "ipc_channel/bootstrap/internal/inherited_ends.h"
#include "ipc_channel/bootstrap/internal/inherited_port.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::SendRight;

// How long the parent may take to answer: it has a thread for that, but it may
// be stopped, or be none of Spawn()'s.
constexpr absl::Duration kPatience = absl::Minutes(1);

// None if there is none. It is taken away: even if that should not be allowed,
// nobody is there any more once the ends have come.
SendRight TakeSpecialPort() {
  mach_port_t port = MACH_PORT_NULL;
  ::task_get_special_port(mach_task_self(), kInheritedSpecialPort, &port);
  ::task_set_special_port(mach_task_self(), kInheritedSpecialPort,
                          MACH_PORT_NULL);
  return SendRight(port);
}

absl::StatusOr<RawInheritedEnds> Take(const SpawnContents& contents) {
  const std::optional<std::string> value = TakeInheritedVariable();
  if (!value.has_value()) return NothingInheritedError();
  if (*value != kInheritedPort) return InheritedNonsenseError();
  const SendRight parent = TakeSpecialPort();
  if (!parent.valid()) return InheritedNonsenseError();
  return AskForEnds(parent, contents, absl::Now() + kPatience);
}

}  // namespace

absl::StatusOr<RawInheritedEnds> TakeInheritedEnds(
    const SpawnContents& contents) {
  return transport::OrOutOfMemory([&] { return Take(contents); });
}

}  // namespace ipc_channel::internal
