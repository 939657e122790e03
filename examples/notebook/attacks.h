#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_ATTACKS_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_ATTACKS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace notebook {

// One way of treating the daemon called `name` badly: some blows, after which
// what was connected may be closed, or `strike` have been called for each.
// Whatever the daemon answers, hanging up included, is as good. Blocks for no
// longer than the daemon takes to serve others.
//
// After `enough` blows it has met every limit that it is about.
struct Attack {
  std::string_view name;
  std::size_t enough;
  void (*run)(const std::string& name, absl::FunctionRef<void()> strike);
};

std::span<const Attack> Attacks();

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_ATTACKS_H_
