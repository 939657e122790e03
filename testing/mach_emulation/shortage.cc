#include "ipc_channel/testing/mach_emulation/shortage.h"

#include <optional>

namespace ipc_channel_testing::mach_emulation {
namespace {

thread_local Short kind = Short::kOfNames;
thread_local int calls_left = -1;  // negative: none, or it is over

}  // namespace

Shortage::Shortage(Short what, int calls) {
  kind = what;
  calls_left = calls;
}

Shortage::~Shortage() { calls_left = -1; }

bool Shortage::has_struck() const { return calls_left < 0; }

std::optional<Short> TakeShortage() {
  if (calls_left < 0 || calls_left-- > 0) return std::nullopt;
  return kind;
}

}  // namespace ipc_channel_testing::mach_emulation
