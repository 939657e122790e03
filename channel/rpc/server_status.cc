#include "ipc_channel/channel/rpc/server_status.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::rpc {
namespace {

constexpr char kOurPayloads[] = "ipc_channel/";
constexpr char kServerCodeUrl[] = "ipc_channel/rpc.ServerCode";

}  // namespace

std::optional<absl::StatusCode> ServerCode(const absl::Status& status) {
  const auto payload = status.GetPayload(kServerCodeUrl);
  int code = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &code)) {
    return std::nullopt;
  }
  return static_cast<absl::StatusCode>(code);
}

namespace internal {

absl::Status FromServer(const absl::Status& answered) {
  const bool looks_disconnected = absl::IsUnavailable(answered);
  absl::Status status(
      looks_disconnected ? absl::StatusCode::kAborted : answered.code(),
      answered.message());
  answered.ForEachPayload([&](absl::string_view url, const absl::Cord& text) {
    if (!absl::StartsWith(url, kOurPayloads)) status.SetPayload(url, text);
  });
  status.SetPayload(
      kServerCodeUrl,
      absl::Cord(std::to_string(static_cast<int>(answered.code()))));
  return status;
}

}  // namespace internal
}  // namespace ipc_channel::rpc
