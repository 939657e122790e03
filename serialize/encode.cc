#include "ipc_channel/serialize/encode.h"

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/writer.h"

namespace ipc_channel::serialize::internal {
namespace {

void MeasureAll(const Encoder& encoder, const void* value, Sizer& sizer) {
  WriteValue(sizer, encoder.fingerprint);
  encoder.measure(sizer, value);
}

absl::Status WriteChecked(const Encoder& encoder, const void* value,
                          std::span<std::byte> out, HandleSink* handles) {
  Writer writer(out, handles);
  WriteValue(writer, encoder.fingerprint);
  encoder.write(writer, value);
  if (!writer.ok()) return writer.status();
  if (writer.remaining() == 0) return absl::OkStatus();
  return absl::InternalError(
      "the code that writes a type did not write what it had measured");
}

}  // namespace

absl::Status SizeMismatch(std::size_t given, std::size_t needed) {
  return absl::InvalidArgumentError(
      absl::StrCat("the value takes ", needed, " bytes and was given ", given));
}

std::size_t EncodedSizeWith(const Encoder& encoder, const void* value) {
  Sizer sizer;
  MeasureAll(encoder, value, sizer);
  return sizer.size();
}

absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        EncodeRoom room, HandleSink* handles) {
  Sizer sizer;
  MeasureAll(encoder, value, sizer);
  if (!sizer.ok()) return sizer.status();
  const absl::StatusOr<std::span<std::byte>> out = room(sizer.size());
  if (!out.ok()) return out.status();
  if (out->size() != sizer.size()) {
    return SizeMismatch(out->size(), sizer.size());
  }
  if (encoder.put == nullptr) {
    return WriteChecked(encoder, value, *out, handles);
  }
  encoder.put(PutScalar(out->data(), encoder.fingerprint), value);
  return absl::OkStatus();
}

absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        std::vector<std::byte>& out, HandleSink* handles) {
  return EncodeWith(
      encoder, value,
      [&out](std::size_t size) {
        out.resize(size);
        return std::span<std::byte>(out);
      },
      handles);
}

absl::StatusOr<std::vector<std::byte>> EncodeWith(const Encoder& encoder,
                                                  const void* value,
                                                  HandleSink* handles) {
  std::vector<std::byte> bytes;
  absl::Status status = EncodeWith(encoder, value, bytes, handles);
  if (!status.ok()) return status;
  return bytes;
}

absl::Status EncodeWith(const Encoder& encoder, const void* value,
                        std::span<std::byte> out, HandleSink* handles) {
  return EncodeWith(
      encoder, value, [out](std::size_t) { return out; }, handles);
}

}  // namespace ipc_channel::serialize::internal
