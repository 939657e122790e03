#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

#include "ipc_channel/testing/restrict/internal/denial_table.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {
namespace {

// An argument with exactly this value, and one that has all these bits.
constexpr ArgumentTest Is(int index, std::uint32_t value) {
  return {index, ~std::uint32_t{0}, value};
}
constexpr ArgumentTest Has(int index, std::uint32_t bits) {
  return {index, bits, bits};
}

constexpr Deniable Get(std::string_view name, std::uint32_t option) {
  return {
      "getsockopt", name, SYS_getsockopt, {Is(1, SOL_SOCKET), Is(2, option)}};
}
constexpr Deniable Set(std::string_view name, std::uint32_t option) {
  return {
      "setsockopt", name, SYS_setsockopt, {Is(1, SOL_SOCKET), Is(2, option)}};
}
constexpr Deniable Memfd(std::string_view name, std::uint32_t flag) {
  return {"memfd_create", name, SYS_memfd_create, {Has(1, flag)}};
}
constexpr Deniable Fcntl(std::string_view name, std::uint32_t command) {
  return {"fcntl", name, SYS_fcntl, {Is(1, command)}};
}
constexpr Deniable Ioctl(std::string_view name, std::uint32_t request) {
  return {"ioctl", name, SYS_ioctl, {Is(1, request)}};
}
constexpr Deniable AddSeal(std::string_view name, std::uint32_t seal) {
  return {"fcntl", name, SYS_fcntl, {Is(1, F_ADD_SEALS), Has(2, seal)}};
}

// Numbers stand where the headers of Debian 12 may have no name. They are those
// of include/uapi/asm-generic, which x86-64 and aarch64 share.
constexpr Deniable kDeniables[] = {
    {"close_range", "", SYS_close_range},
    {"epoll_pwait2", "", SYS_epoll_pwait2},
    {"eventfd2", "", SYS_eventfd2},
    {"fcntl", "", SYS_fcntl},
    Fcntl("F_ADD_SEALS", F_ADD_SEALS),
    Fcntl("F_DUPFD_QUERY", 1027),  // Linux 6.10
    Fcntl("F_GET_SEALS", F_GET_SEALS),
    AddSeal("F_SEAL_EXEC", 0x20),          // Linux 6.3
    AddSeal("F_SEAL_FUTURE_WRITE", 0x10),  // Linux 5.1
    {"getsockopt", "", SYS_getsockopt},
    Get("SO_COOKIE", 57),      // Linux 4.12
    Get("SO_DOMAIN", 39),      // Linux 2.6.32
    Get("SO_MEMINFO", 55),     // Linux 4.12
    Get("SO_PEEK_OFF", 42),    // Linux 3.4
    Get("SO_PEERGROUPS", 59),  // Linux 4.13
    Get("SO_PEERPIDFD", 77),   // Linux 6.5
    Get("SO_PROTOCOL", 38),    // Linux 2.6.32
    Ioctl("FIONREAD", FIONREAD),
    Ioctl("SIOCOUTQ", SIOCOUTQ),
    {"kcmp", "", SYS_kcmp},
    {"landlock_create_ruleset", "", SYS_landlock_create_ruleset},
    {"membarrier", "", SYS_membarrier},
    {"memfd_create", "", SYS_memfd_create},
    Memfd("MFD_ALLOW_SEALING", MFD_ALLOW_SEALING),
    Memfd("MFD_EXEC", 0x10),            // Linux 6.3
    Memfd("MFD_HUGETLB", MFD_HUGETLB),  // Linux 4.14
    Memfd("MFD_NOEXEC_SEAL", 0x08),     // Linux 6.3
    {"pidfd_getfd", "", SYS_pidfd_getfd},
    {"pidfd_open", "", SYS_pidfd_open},
    {"pidfd_send_signal", "", SYS_pidfd_send_signal},
    {"setsockopt", "", SYS_setsockopt},
    Set("SO_PASSPIDFD", 76),   // Linux 6.5
    Set("SO_PASSRIGHTS", 83),  // Linux 6.16
    Set("SO_PEEK_OFF", 42),
    {"unshare", "", SYS_unshare},
};

constexpr NamedError kErrors[] = {
    {"EACCES", EACCES}, {"EINVAL", EINVAL},
    {"EMFILE", EMFILE}, {"ENFILE", ENFILE},
    {"ENOMEM", ENOMEM}, {"ENOPROTOOPT", ENOPROTOOPT},
    {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP},
    {"EPERM", EPERM},
};

}  // namespace

std::span<const Deniable> Deniables() { return kDeniables; }

std::span<const NamedError> DenialErrors() { return kErrors; }

}  // namespace ipc_channel_testing::internal
