"""Fuzz targets: a function of bytes that is a test everywhere, and a fuzzer under --config=fuzz.

`srcs` define LLVMFuzzerTestOneInput() (testing/fuzz/fuzz_target.h). With any compiler the target is a test that calls
it with every file of the corpus and with mutants of each; under --config=fuzz it is a libFuzzer binary:

  bazel run --config=fuzz //some:thing_fuzzer -- -max_total_time=60 /tmp/corpus

docs/fuzzing.md says how to go on from there.
"""

load("//tools/build_defs:cc.bzl", "ipc_cc_test")

_FUZZING = "//tools/build_defs:fuzzing"

def ipc_fuzz_test(name, srcs, corpus, deps, dictionary = None, most_mutants = 1000, **kwargs):
    """Makes the test, which is also the fuzzer.

    Args:
      name: of the target.
      srcs: as of any test, without a main().
      corpus: a folder of inputs in this package; not empty.
      deps: as of any test, without a main().
      dictionary: a file of libFuzzer's dictionary format, or None.
      most_mutants: how many mutants of each input the test runs, evenly chosen if there are more.
      **kwargs: of ipc_cc_test().
    """
    inputs = native.glob([corpus + "/**"])
    ipc_cc_test(
        name = name,
        srcs = srcs,
        args = select({
            _FUZZING: ["-dict=$(rootpath %s)" % dictionary] if dictionary else [],
            "//conditions:default": [
                "--most_mutants=%d" % most_mutants,
                native.package_name() + "/" + corpus,
            ],
        }),
        data = inputs + ([dictionary] if dictionary else []),
        linkopts = select({
            _FUZZING: ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        linkstatic = True,
        deps = deps + select({
            _FUZZING: [],
            "//conditions:default": ["//testing/fuzz:replay_main"],
        }),
        **kwargs
    )
