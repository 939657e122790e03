// Decodes PNG files that nobody vouches for, with a C library that was not
// written for that: each file in a process of its own that can do nothing but
// decode it. The parent opens the file, sends the descriptor, and reads the
// pixels where the worker has made them.

#include "ipc_channel/examples/decoder/decoder_main.h"
#include "ipc_channel/examples/decoder/decoder_policy.h"

int main(int argc, char** argv) {
  return decoder::DecoderMain(argc, argv, decoder::DecoderPolicy());
}
