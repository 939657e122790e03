#include "ipc_channel/serialize/reader.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc_channel/serialize/internal/read_failure.h"

namespace ipc_channel::serialize {

bool Reader::ClaimHandle(HandleKind kind, void* out) {
  std::uint32_t index;
  if (!Read(index)) return false;
  if (handles_ == nullptr) return Fail("a handle where none can be received");
  if (!handles_->Claim(kind, index, out)) {
    return Fail("no such handle came with the message");
  }
  return true;
}

void Reader::SetFailure(std::string_view reason) {
  failure_.Set(cursor_, reason);
  Close();
}

void Reader::SetUnsaid() {
  if (ok()) SetFailure(internal::kRefusedByType);
}

void Reader::Close() { cursor_ = end_ = failure_.at(); }

}  // namespace ipc_channel::serialize
