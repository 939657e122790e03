#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/chosen_name.h"

namespace ipc_channel {

std::string ChosenName(std::string_view text) {
  return "unix-abstract:" + std::string(text) + "." +
         std::to_string(absl::ToUnixNanos(absl::Now()));
}

}  // namespace ipc_channel
