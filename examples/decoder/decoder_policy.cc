#include "ipc_channel/examples/decoder/decoder_policy.h"

#include <cstddef>

#include "ipc_channel/examples/decoder/image.h"
#include "ipc_channel/examples/sandbox/channel_calls.h"
#include "ipc_channel/examples/sandbox/sandbox.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace decoder {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

}  // namespace

sandbox::Policy DecoderPolicy() {
  sandbox::Policy policy;
  policy.calls =
      sandbox::Together({sandbox::ProgramCalls(), sandbox::kValueCalls,
                         sandbox::kWaitingSendCalls,  // for others in flight
                         sandbox::kMadeMemoryCalls});
  policy.calls.push_back({"pread64"});  // the file
  policy.limits = {.cpu_seconds = 60,
                   // Of its own it needs ten; but the result is sent only while
                   // all processes of this user have no more than that in
                   // flight.
                   .descriptors = 256,
                   .file_bytes = kMaxPixelBytes,
                   // The result, the file (64 MiB, twice while it grows), what
                   // libpng needs beside, and the program with its libraries.
                   .address_space_bytes = kMaxPixelBytes + 512 * kMebibyte};
  return policy;
}

}  // namespace decoder
