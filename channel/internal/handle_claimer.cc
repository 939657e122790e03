#include "ipc_channel/channel/internal/handle_claimer.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

namespace ipc_channel::internal {

bool HandleClaimer::Claim(serialize::HandleKind kind, std::uint32_t index,
                          void* out) {
  if (index >= handles_.size()) return false;
  transport::Handle& handle = handles_[index];
  // The alternatives stand in the order of the kinds; 0 is a claimed one.
  if (kind == 0 || handle.index() != kind) return false;
  std::visit(
      [out](auto& owned) {
        using Owned = std::remove_reference_t<decltype(owned)>;
        *static_cast<Owned*>(out) = std::move(owned);
      },
      handle);
  handle = std::monostate();
  return true;
}

bool HandleClaimer::AllClaimed() const {
  return std::ranges::all_of(handles_, [](const transport::Handle& handle) {
    return std::holds_alternative<std::monostate>(handle);
  });
}

}  // namespace ipc_channel::internal
