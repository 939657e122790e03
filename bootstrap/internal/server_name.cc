#include "ipc_channel/bootstrap/internal/server_name.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ipc_channel::internal {
namespace {

constexpr std::string_view kAbstractScheme = "unix-abstract:";
constexpr std::string_view kPathScheme = "unix-path:";
constexpr std::size_t kMadeDigits = 32;

// What sockaddr_un has room for, beside the NUL that either kind needs.
constexpr std::size_t kMaxText = 107;

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool IsPrintable(char c) { return c > ' ' && c < 0x7f; }

bool LooksMade(std::string_view text) {
  return text.starts_with(kMadeNamePrefix);
}

bool IsMade(std::string_view text) {
  const std::string_view digits = text.substr(kMadeNamePrefix.size());
  return digits.size() == kMadeDigits &&
         std::ranges::all_of(digits, IsHexDigit);
}

bool IsPath(std::string_view text) {
  return text.starts_with('/') && !text.ends_with('/') &&
         text.find('\0') == std::string_view::npos;
}

absl::Status NoName() {
  return absl::InvalidArgumentError("not the name of a server");
}

absl::StatusOr<ServerName> Split(std::string_view name) {
  ServerName parsed;
  if (name.starts_with(kAbstractScheme)) {
    parsed.kind = ServerName::Kind::kAbstract;
    parsed.text = name.substr(kAbstractScheme.size());
  } else if (name.starts_with(kPathScheme)) {
    parsed.kind = ServerName::Kind::kPath;
    parsed.text = name.substr(kPathScheme.size());
  } else {
    return NoName();
  }
  if (parsed.text.size() > kMaxText) {
    return absl::InvalidArgumentError("the name of a server is too long");
  }
  return parsed;
}

}  // namespace

std::string ServerName::ToString() const {
  const std::string_view scheme =
      kind == Kind::kAbstract ? kAbstractScheme : kPathScheme;
  return std::string(scheme) + text;
}

absl::StatusOr<ServerName> ParseServerName(std::string_view name) {
  absl::StatusOr<ServerName> parsed = Split(name);
  if (!parsed.ok()) return parsed;
  const std::string& text = parsed->text;
  const bool is_valid = parsed->kind == ServerName::Kind::kPath
                            ? IsPath(text)
                            : !text.empty() &&
                                  std::ranges::all_of(text, IsPrintable) &&
                                  (!LooksMade(text) || IsMade(text));
  if (!is_valid) return NoName();
  return parsed;
}

absl::StatusOr<ServerName> ParseWantedName(std::string_view name) {
  absl::StatusOr<ServerName> parsed = Split(name);
  if (!parsed.ok() || parsed->text.empty()) return parsed;
  if (parsed->kind == ServerName::Kind::kAbstract && LooksMade(parsed->text)) {
    return absl::InvalidArgumentError(
        "names that begin so are made by the library, never chosen");
  }
  return ParseServerName(name);
}

}  // namespace ipc_channel::internal
