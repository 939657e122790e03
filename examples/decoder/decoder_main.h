#ifndef IPC_CHANNEL_EXAMPLES_DECODER_DECODER_MAIN_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_DECODER_MAIN_H_

#include "ipc_channel/examples/sandbox/sandbox.h"

namespace decoder {

// The program, as main() has it: the command (command_line.h), which starts
// itself as its workers, or such a worker. `policy` is the workers'.
int DecoderMain(int argc, char** argv, const sandbox::Policy& policy);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_DECODER_MAIN_H_
