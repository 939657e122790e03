#include "ipc_channel/serialize/decode.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {
namespace {

bool ReadFingerprint(Reader& reader, std::uint64_t expected) {
  std::uint64_t fingerprint;
  if (!reader.Read(fingerprint)) return false;
  if (fingerprint != expected) {
    return reader.Fail("the sender's type is not the receiver's");
  }
  return true;
}

absl::Status ReadWhole(ReadFunction read, void* result,
                       std::uint64_t fingerprint, Reader& reader) {
  if (ReadFingerprint(reader, fingerprint) && read(reader, result) &&
      reader.remaining() != 0) {
    reader.Fail("bytes after the end of the value");
  }
  return reader.ok() ? absl::OkStatus() : reader.status();
}

}  // namespace

absl::Status DecodeWith(ReadFunction read, void* result,
                        std::uint64_t fingerprint,
                        std::span<const std::byte> in, HandleSource* handles,
                        const DecodeLimits& limits) {
  Reader reader(in, handles, limits);
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    return ReadWhole(read, result, fingerprint, reader);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory to decode the value");
  } catch (const std::exception&) {
    return absl::DataLossError("malformed message: the code of a type threw");
  }
#else
  return ReadWhole(read, result, fingerprint, reader);
#endif
}

}  // namespace ipc_channel::serialize::internal
