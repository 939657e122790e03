#ifndef IPC_CHANNEL_BOOTSTRAP_EXIT_STATUS_H_
#define IPC_CHANNEL_BOOTSTRAP_EXIT_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <optional>
#include <ostream>
#include <string>

namespace ipc_channel {

// How a process ended: by itself with a code from 0 to 255, or by a signal. A
// value type; thread-compatible.
class ExitStatus {
 public:
  static ExitStatus Exited(int code) { return ExitStatus(Kind::kExited, code); }
  static ExitStatus Killed(int signal) {
    return ExitStatus(Kind::kKilled, signal);
  }
  static ExitStatus Dumped(int signal) {
    return ExitStatus(Kind::kDumped, signal);
  }

  // It ended by itself with code 0.
  bool success() const { return *this == Exited(0); }

  // Empty if it was ended by a signal.
  std::optional<int> exit_code() const {
    return kind_ == Kind::kExited ? std::optional<int>(number_) : std::nullopt;
  }
  // Empty if it ended by itself.
  std::optional<int> signal() const {
    return kind_ == Kind::kExited ? std::nullopt : std::optional<int>(number_);
  }
  // It was ended by a signal, and the system says that it wrote a core.
  bool core_dumped() const { return kind_ == Kind::kDumped; }

  // "exited with code 3", "killed by signal 9", "killed by signal 6, core
  // dumped".
  std::string ToString() const {
    const std::string number = std::to_string(number_);
    if (kind_ == Kind::kExited) return "exited with code " + number;
    return "killed by signal " + number +
           (core_dumped() ? ", core dumped" : "");
  }

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
  friend std::ostream& operator<<(std::ostream& out, const ExitStatus& status) {
    return out << status.ToString();
  }

 private:
  enum class Kind { kExited, kKilled, kDumped };

  ExitStatus(Kind kind, int number) : kind_(kind), number_(number) {}

  Kind kind_;
  int number_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_EXIT_STATUS_H_
