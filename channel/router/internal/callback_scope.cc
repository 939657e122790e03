#include "ipc_channel/channel/router/internal/callback_scope.h"

namespace ipc_channel::router_internal {
namespace {

thread_local const CallbackScope* innermost = nullptr;

}  // namespace

CallbackScope::CallbackScope(const void* owner)
    : owner_(owner), outer_(innermost) {
  innermost = this;
}

CallbackScope::~CallbackScope() { innermost = outer_; }

bool CallbackScope::IsIn(const void* owner) {
  for (const CallbackScope* scope = innermost; scope != nullptr;
       scope = scope->outer_) {
    if (scope->owner_ == owner) return true;
  }
  return false;
}

}  // namespace ipc_channel::router_internal
