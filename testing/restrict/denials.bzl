"""Lists for the attribute deny of restricted_test: what is missing together."""

# What a kernel of a few years ago does not know, but for what kinds of memory
# need: memfd_create and F_SEAL_FUTURE_WRITE.
OLD_KERNEL = [
    "close_range:ENOSYS",
    "epoll_pwait2:ENOSYS",
    "fcntl:F_DUPFD_QUERY:EINVAL",
    "fcntl:F_SEAL_EXEC:EINVAL",
    "getsockopt:SO_COOKIE:ENOPROTOOPT",
    "getsockopt:SO_MEMINFO:ENOPROTOOPT",
    "getsockopt:SO_PEERGROUPS:ENOPROTOOPT",
    "getsockopt:SO_PEERPIDFD:ENOPROTOOPT",
    "kcmp:ENOSYS",
    "membarrier:ENOSYS",
    "memfd_create:MFD_EXEC:EINVAL",
    "memfd_create:MFD_NOEXEC_SEAL:EINVAL",
    "pidfd_getfd:ENOSYS",
    "pidfd_open:ENOSYS",
    "pidfd_send_signal:ENOSYS",
    "setsockopt:SO_PASSPIDFD:ENOPROTOOPT",
    "setsockopt:SO_PASSRIGHTS:ENOPROTOOPT",
]

# What sandboxes with a list of allowed calls refuse, memfd_create excepted.
SANDBOX = [
    "close_range:EPERM",
    "epoll_pwait2:EPERM",
    "kcmp:EPERM",
    "membarrier:EPERM",
    "pidfd_getfd:EPERM",
    "pidfd_open:EPERM",
    "pidfd_send_signal:EPERM",
]
