#include "ipc_channel/testing/environment.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace ipc_channel_testing {

std::uint64_t NumberFromEnvironment(const char* variable,
                                    std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  const std::string_view digits = text;
  const char* const end = digits.data() + digits.size();
  std::uint64_t number = 0;
  const std::from_chars_result read =
      std::from_chars(digits.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) return number;
  std::fprintf(stderr, "%s is not a number: '%s'\n", variable, text);
  std::exit(2);
}

}  // namespace ipc_channel_testing
