// probe WHAT [argument]...: makes one system call, or does what else a test of
// restricted_run wants to see, and exits with the errno, 0 for success.

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/membarrier.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int kBadUsage = 124;
constexpr unsigned kMfdNoexecSeal = 0x08;
constexpr int kSealFutureWrite = 0x10;

int ErrorOf(long result) { return result < 0 ? errno : 0; }

int GetOption(int domain, int level, int option) {
  const int socket = ::socket(domain, SOCK_STREAM, 0);
  if (socket < 0) return kBadUsage;
  char value[256];
  socklen_t size = sizeof(value);
  return ErrorOf(::getsockopt(socket, level, option, value, &size));
}

int SetOption(int option) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket < 0) return kBadUsage;
  const int value = 0;
  return ErrorOf(
      ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof(value)));
}

int AddSeals(int seals) {
  const int object = ::memfd_create("probe", MFD_ALLOW_SEALING);
  if (object < 0) return kBadUsage;
  return ErrorOf(::fcntl(object, F_ADD_SEALS, seals));
}

// Every set of capabilities that gives rights, as /proc says.
bool HasNoCapabilities() {
  std::ifstream status("/proc/self/status");
  std::string name;
  std::string value;
  int empty = 0;
  while (status >> name >> value) {
    const bool is_right = name == "CapInh:" || name == "CapPrm:" ||
                          name == "CapEff:" || name == "CapAmb:";
    if (is_right && value == "0000000000000000") ++empty;
    status.ignore(4'096, '\n');
  }
  return empty == 4;
}

int TellPrivileges() {
  if (!HasNoCapabilities()) return 1;
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 2;
  return ::setgroups(0, nullptr) != 0 && errno == EPERM ? 0 : 3;
}

// Whether this process has nothing in common with the user and group `before`.
int TellUserIsNot(long before) {
  uid_t real, effective, saved;
  ::getresuid(&real, &effective, &saved);
  if (real != effective || real != saved || real == before) return 1;
  gid_t real_group, effective_group, saved_group;
  ::getresgid(&real_group, &effective_group, &saved_group);
  if (real_group != effective_group || real_group != saved_group) return 2;
  if (real_group == before || ::getgroups(0, nullptr) != 0) return 3;
  return ::setuid(static_cast<uid_t>(before)) == 0 ? 4 : 0;
}

using Arguments = std::vector<std::string>;

const std::map<std::string, std::function<int(const Arguments&)>>& Probes() {
  using A = const Arguments&;
  static const auto* const probes = new std::map<std::string,
                                                 std::function<int(A)>>{
      {"close_range",
       [](A) { return ErrorOf(::close_range(9'999, 9'999, 0)); }},
      {"membarrier",
       [](A) {
         return ErrorOf(::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0));
       }},
      {"memfd_create", [](A) { return ErrorOf(::memfd_create("p", 0)); }},
      {"memfd_create:MFD_NOEXEC_SEAL",
       [](A) {
         return ErrorOf(::memfd_create("p", kMfdNoexecSeal | MFD_CLOEXEC));
       }},
      {"memfd_create:MFD_CLOEXEC",
       [](A) { return ErrorOf(::memfd_create("p", MFD_CLOEXEC)); }},
      {"pidfd_open",
       [](A) { return ErrorOf(::syscall(SYS_pidfd_open, ::getpid(), 0)); }},
      {"fcntl:F_SEAL_FUTURE_WRITE",
       [](A) { return AddSeals(kSealFutureWrite | F_SEAL_GROW); }},
      {"fcntl:F_SEAL_GROW", [](A) { return AddSeals(F_SEAL_GROW); }},
      {"fcntl:F_GETFD", [](A) { return ErrorOf(::fcntl(0, F_GETFD)); }},
      {"getsockopt:SO_COOKIE",
       [](A) { return GetOption(AF_UNIX, SOL_SOCKET, 57); }},
      {"getsockopt:SO_DOMAIN",
       [](A) { return GetOption(AF_UNIX, SOL_SOCKET, SO_DOMAIN); }},
      {"getsockopt:SO_PEEK_OFF",
       [](A) { return GetOption(AF_UNIX, SOL_SOCKET, SO_PEEK_OFF); }},
      {"getsockopt:other level",
       [](A) { return GetOption(AF_INET, IPPROTO_IP, 57); }},
      {"setsockopt:SO_PEEK_OFF", [](A) { return SetOption(SO_PEEK_OFF); }},
      {"exit", [](A arguments) { return std::stoi(arguments.at(0)); }},
      {"count", [](A arguments) { return static_cast<int>(arguments.size()); }},
      {"raise",
       [](A arguments) { return ::raise(std::stoi(arguments.at(0))); }},
      {"pause", [](A) { return ErrorOf(::pause()); }},
      {"privileges", [](A) { return TellPrivileges(); }},
      {"user is not",
       [](A arguments) { return TellUserIsNot(std::stol(arguments.at(0))); }},
  };
  return *probes;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments words(argv + 1, argv + argc);
  if (words.empty()) return kBadUsage;
  const auto probe = Probes().find(words[0]);
  if (probe == Probes().end()) return kBadUsage;
  return probe->second(Arguments(words.begin() + 1, words.end()));
}
