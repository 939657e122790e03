#include "ipc_channel/serialize/decode.h"

#include <cstdint>

#include "absl/status/status.h"
#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {

bool ReadFingerprint(Reader& reader, std::uint64_t expected) {
  std::uint64_t fingerprint;
  if (!reader.Read(fingerprint)) return false;
  if (fingerprint != expected) {
    return reader.Fail("the sender's type is not the receiver's");
  }
  return true;
}

absl::Status NoMemoryToDecode() {
  return absl::ResourceExhaustedError("no memory to decode the value");
}

absl::Status DecodingThrew() {
  return absl::DataLossError("malformed message: the code of a type threw");
}

}  // namespace ipc_channel::serialize::internal
