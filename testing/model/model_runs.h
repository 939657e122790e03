#ifndef IPC_CHANNEL_TESTING_MODEL_MODEL_RUNS_H_
#define IPC_CHANNEL_TESTING_MODEL_MODEL_RUNS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <functional>

#include "ipc_channel/testing/model/model_driver.h"

namespace ipc_channel_testing {

// Runs the driver (model_driver.h) with random operations, seed after seed, on
// what `subject_of` gives for each. A test failure names the seed, says what
// was done, and ends the runs. So does a descriptor left open. The environment
// decides:
//
//   IPC_CHANNEL_MODEL_SEED        the first seed; default 1
//   IPC_CHANNEL_MODEL_SEEDS       how many; default 150, or 1 if the first is
//                                 given
//   IPC_CHANNEL_MODEL_OPERATIONS  for each; default 300
void RunModel(
    const std::function<const ModelSubject&(std::uint64_t seed)>& subject_of);

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_MODEL_MODEL_RUNS_H_
