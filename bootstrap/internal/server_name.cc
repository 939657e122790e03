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
constexpr std::string_view kMachScheme = "mach:";
constexpr std::size_t kMadeDigits = 32;

// What sockaddr_un has room for, beside the NUL that either kind needs.
constexpr std::size_t kMaxText = 107;

// What launchd has room for (BOOTSTRAP_MAX_NAME_LEN), beside a NUL.
constexpr std::size_t kMaxMachText = 127;

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

std::string_view SchemeOf(ServerName::Kind kind) {
  switch (kind) {
    case ServerName::Kind::kAbstract:
      return kAbstractScheme;
    case ServerName::Kind::kPath:
      return kPathScheme;
    case ServerName::Kind::kMach:
      break;
  }
  return kMachScheme;
}

absl::StatusOr<ServerName> Split(std::string_view name) {
  ServerName parsed;
  if (name.starts_with(kAbstractScheme)) {
    parsed.kind = ServerName::Kind::kAbstract;
    parsed.text = name.substr(kAbstractScheme.size());
  } else if (name.starts_with(kPathScheme)) {
    parsed.kind = ServerName::Kind::kPath;
    parsed.text = name.substr(kPathScheme.size());
  } else if (name.starts_with(kMachScheme)) {
    parsed.kind = ServerName::Kind::kMach;
    parsed.text = name.substr(kMachScheme.size());
  } else {
    return NoName();
  }
  const bool is_mach = parsed.kind == ServerName::Kind::kMach;
  if (parsed.text.size() > (is_mach ? kMaxMachText : kMaxText)) {
    return absl::InvalidArgumentError("the name of a server is too long");
  }
  return parsed;
}

}  // namespace

std::string ServerName::ToString() const {
  return std::string(SchemeOf(kind)) + text;
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
  if (parsed->kind != ServerName::Kind::kPath && LooksMade(parsed->text)) {
    return absl::InvalidArgumentError(
        "names that begin so are made by the library, never chosen");
  }
  return ParseServerName(name);
}

absl::Status NameOfAnotherSystem() {
  return absl::InvalidArgumentError(
      "the name of a server on another kind of system");
}

}  // namespace ipc_channel::internal
