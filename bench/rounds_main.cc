// main() of a benchmark that is nothing but its works.

#include "ipc_channel/bench/rounds.h"

int main(int argc, char** argv) {
  return ipc_channel_bench::RunAllWorks(argc, argv);
}
