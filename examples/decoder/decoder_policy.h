#ifndef IPC_CHANNEL_EXAMPLES_DECODER_DECODER_POLICY_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_DECODER_POLICY_H_

#include "ipc_channel/examples/sandbox/sandbox.h"

namespace decoder {

// What a worker needs: to receive a job, to read its file, to make a memory
// object of the result's size, to send it and to exit; and no more.
sandbox::Policy DecoderPolicy();

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_DECODER_POLICY_H_
