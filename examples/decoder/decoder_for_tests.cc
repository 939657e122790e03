// The decoder, whose workers may also do what a sanitizer that is built into
// them needs. Without one it is the decoder.

#include "ipc_channel/examples/decoder/decoder_main.h"
#include "ipc_channel/examples/decoder/decoder_policy.h"
#include "ipc_channel/examples/sandbox/sanitizer_calls.h"

int main(int argc, char** argv) {
  return decoder::DecoderMain(argc, argv,
                              sandbox::ForSanitizers(decoder::DecoderPolicy()));
}
