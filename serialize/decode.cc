#include "ipc_channel/serialize/decode.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <string_view>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "ipc_channel/serialize/internal/get_value.h"
#include "ipc_channel/serialize/internal/read_failure.h"
#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {
namespace {

constexpr std::string_view kOtherType =
    "the sender's type is not the receiver's";
constexpr std::string_view kTrailingBytes = "bytes after the end of the value";
constexpr std::string_view kTooShort = "the message ends too early";

absl::Status FailureAt(const std::byte* begin, const std::byte* at,
                       std::string_view reason) {
  ReadFailure failure;
  failure.Set(at, reason);
  return failure.status(begin);
}

bool ReadFingerprint(Reader& reader, std::uint64_t expected) {
  std::uint64_t fingerprint;
  if (!reader.Read(fingerprint)) return false;
  return fingerprint == expected || reader.Fail(kOtherType);
}

absl::Status ReadWhole(ReadFunction read, void* to, std::uint64_t fingerprint,
                       Reader& reader) {
  if (ReadFingerprint(reader, fingerprint) && read(reader, to) &&
      reader.remaining() != 0) {
    reader.Fail(kTrailingBytes);
  }
  return reader.ok() ? absl::OkStatus() : reader.status();
}

}  // namespace

#ifdef ABSL_HAVE_EXCEPTIONS
absl::Status StatusOfException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory to decode the value");
  } catch (const std::exception&) {
    return absl::DataLossError("malformed message: the code of a type threw");
  }
}
#endif

absl::Status WrongMessage(std::span<const std::byte> in,
                          std::uint64_t fingerprint, std::size_t size) {
  const std::byte* const begin = in.data();
  if (in.size() < sizeof(fingerprint))
    return FailureAt(begin, begin, kTooShort);
  std::uint64_t found;
  const std::byte* const value = GetScalar(begin, found);
  if (found != fingerprint) return FailureAt(begin, value, kOtherType);
  if (in.size() < size) return FailureAt(begin, value, kTooShort);
  return FailureAt(begin, begin + size, kTrailingBytes);
}

absl::Status DecodeWith(ReadFunction read, void* to, std::uint64_t fingerprint,
                        std::span<const std::byte> in, HandleSource* handles,
                        const DecodeLimits& limits) {
  Reader reader(in, handles, limits);
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    return ReadWhole(read, to, fingerprint, reader);
  } catch (...) {
    return StatusOfException();
  }
#else
  return ReadWhole(read, to, fingerprint, reader);
#endif
}

}  // namespace ipc_channel::serialize::internal
