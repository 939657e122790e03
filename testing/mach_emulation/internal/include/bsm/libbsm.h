#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_BSM_LIBBSM_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_BSM_LIBBSM_H_

// The fields of an audit token: who sent a message.

#include <bsm/audit.h>
#include <mach/message.h>
#include <sys/types.h>

extern "C" {

pid_t audit_token_to_pid(audit_token_t token);
uid_t audit_token_to_euid(audit_token_t token);
gid_t audit_token_to_egid(audit_token_t token);
uid_t audit_token_to_ruid(audit_token_t token);
gid_t audit_token_to_rgid(audit_token_t token);
int audit_token_to_pidversion(audit_token_t token);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_BSM_LIBBSM_H_
