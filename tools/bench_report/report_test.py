#!/usr/bin/env python3
"""Shows the parts of bench_report samples and reports made for it."""

import copy
import os
import random
import re
import signal
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import apart  # noqa: E402
import compare  # noqa: E402
import document  # noqa: E402
import figures  # noqa: E402
import machine  # noqa: E402
import overview  # noqa: E402
import peers  # noqa: E402
import plots  # noqa: E402
import render_html  # noqa: E402
import render_markdown  # noqa: E402
import run  # noqa: E402
import samples  # noqa: E402
import suite  # noqa: E402
import summary  # noqa: E402
import words  # noqa: E402

PROCESS = "//bench:process_benchmark"
PEERS = "//bench/peers:peers_benchmark"
LIMITS = "//bench/limits:limits_benchmark"
HEADER = ("round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,"
          "p999_us,max_us")


def sample(variant, time_us, round_number=0, work="RoundTrip", size=8,
           label=PROCESS, placement="one_core", is_disturbed=False):
    costs = dict.fromkeys(summary.FIELDS, time_us)
    return summary.Sample(placement=placement, label=label, round=round_number,
                          work=work, size=size, variant=variant,
                          is_twin=variant.startswith("bare"), is_disturbed=is_disturbed,
                          costs=costs)


def lines_by_variant(all_samples):
    return {line["variant"]: line for line in summary.summarize(all_samples)}


def report_of(all_samples, left_out=(), is_complete=True):
    runs = [{"round": 0, "placement": "one_core", "binary": PROCESS,
             "seconds": 1, "load": 0.5, "foreign": 0.25, "steal": 0.01,
             "is_disturbed": True}]
    facts = machine.facts(HERE, ["one_core"], "-O2")
    return document.make("quick", "2026-01-02T03:04:05+00:00", facts, 3,
                         summary.summarize(all_samples),
                         [{"what": "typed channel", "count": 1000,
                           "descriptors": 2.0, "kib": 0.5}],
                         list(left_out), runs, is_complete)


def many_samples():
    """Three rounds with something for every figure."""
    result = []
    works = dict.fromkeys(work for figure in figures.FIGURES
                          for work in figure.works)
    for placement in ("one_core", "two_cores"):
        for number in range(3):
            for work in works:
                for size in (8, 4096):
                    for place, name in enumerate(
                            ("bare", "transport", "limit_pipe", "router")):
                        result.append(
                            sample(name, 4.0 + place + number, number, work,
                                   size, placement=placement))
                    result.append(
                        sample("bare", 5.0 + number, number, work, size, PEERS,
                               placement))
                    result.append(
                        sample("other<&>lib", 50.0 + number, number, work,
                               size, PEERS, placement))
                    result.append(
                        sample("ours_transport", 10.0 + number, number, work,
                               size, PEERS, placement))
    return result


class SummaryTest(unittest.TestCase):

    def test_a_spread_is_the_middle_and_the_ends(self):
        self.assertEqual(summary.spread([5, 1, 2]),
                         {"median": 2, "low": 1, "high": 5})
        self.assertEqual(summary.spread([4, 1, 2, 100])["median"], 3)
        self.assertIsNone(summary.spread([]))

    def test_speed_compares_within_a_round(self):
        # The machine was ten times slower in round 1.
        line = lines_by_variant([
            sample("bare", 1, 0), sample("transport", 2, 0),
            sample("bare", 10, 1), sample("transport", 20, 1),
            sample("bare", 1, 2), sample("transport", 1.25, 2)
        ])["transport"]
        self.assertEqual(line["speed"],
                         {"median": 0.5, "low": 0.5, "high": 0.8})

    def test_a_twin_has_no_speed(self):
        self.assertIsNone(lines_by_variant([sample("bare", 1)])["bare"]["speed"])

    def test_a_variant_is_compared_with_the_twin_of_its_own_binary(self):
        line = lines_by_variant([
            sample("bare", 100), sample("transport", 100),
            sample("bare", 1, label=PEERS), sample("zeromq", 4, label=PEERS)
        ])["zeromq"]
        self.assertEqual(line["speed"]["median"], 0.25)

    def test_of_two_binaries_with_one_variant_the_first_counts(self):
        lines = summary.summarize([
            sample("bare", 1), sample("bare", 9, label=LIMITS)])
        self.assertEqual([line["binary"] for line in lines], [PROCESS])

    def test_the_twin_in_the_loops_of_others_is_a_line_of_its_own(self):
        lines = summary.summarize([
            sample("bare", 20), sample("transport", 22),
            sample("bare", 40, label=PEERS), sample("zeromq", 60, label=PEERS)])
        self.assertEqual([(line["variant"], line["time_us"]["median"])
                          for line in lines],
                         [("bare", 20), ("transport", 22), ("bare", 40),
                          ("zeromq", 60)])

    def test_a_cost_of_zero_is_unknown(self):
        unknown = sample("bare", 1)
        unknown.costs["p50_us"] = 0
        self.assertIsNone(lines_by_variant([unknown])["bare"]["p50_us"])

    def test_disturbed_rounds_do_not_count_where_there_are_enough(self):
        rounds = [sample("bare", 1, i) for i in range(3)]
        rounds.append(sample("bare", 100, 3, is_disturbed=True))
        line = lines_by_variant(rounds)["bare"]
        self.assertEqual(line["time_us"]["high"], 1)
        self.assertEqual((line["rounds"], line["undisturbed"]), (4, 3))
        self.assertEqual(line["noise"], [])

    def test_too_few_undisturbed_rounds_are_noise(self):
        line = lines_by_variant([
            sample("bare", 1, 0), sample("bare", 1, 1),
            sample("bare", 1, 2, is_disturbed=True)])["bare"]
        self.assertEqual(line["noise"], ["2 of 3 rounds undisturbed"])

    def test_rounds_that_differ_are_noise(self):
        for last, noise in ((1.2, []), (1.5, ["rounds differ"])):
            line = lines_by_variant([
                sample("bare", 1, 0), sample("bare", 1, 1),
                sample("bare", last, 2)])["bare"]
            self.assertEqual(summary.noise_of(line, "time_us"), noise)

    def test_each_figure_of_a_line_is_noisy_by_itself(self):
        # Both were slow in round 2: of the ratio the rounds agree.
        rounds = [sample(name, time, i) for i, slow in enumerate((1, 1, 2))
                  for name, time in (("bare", slow), ("transport", 2 * slow))]
        line = lines_by_variant(rounds)["transport"]
        self.assertEqual(summary.noise_of(line, "speed"), [])
        self.assertEqual(words.mark(line, "speed"), "")
        self.assertEqual(summary.noise_of(line, "time_us"), ["rounds differ"])
        self.assertEqual(words.mark(line, "p50_us"), "~")
        few = lines_by_variant([sample("bare", 1)])["bare"]
        self.assertEqual(words.mark(few, "time_us"), "~")
        self.assertEqual(words.mark(few, "speed"), "")

    def test_lines_stand_by_work_then_size_and_the_twin_first(self):
        lines = summary.summarize([
            sample("transport", 1, size=64), sample("bare", 1, size=64),
            sample("transport", 1), sample("bare", 1),
            sample("bare", 1, work="OneWay")])
        self.assertEqual([(l["work"], l["size"], l["variant"]) for l in lines],
                         [("RoundTrip", 8, "bare"), ("RoundTrip", 8, "transport"),
                          ("RoundTrip", 64, "bare"),
                          ("RoundTrip", 64, "transport"), ("OneWay", 8, "bare")])


class SamplesTest(unittest.TestCase):

    def read(self, *rows):
        return samples.read_samples([HEADER, *rows], "one_core", PROCESS, 4,
                                    True)

    def test_reads_what_a_benchmark_writes(self):
        one, = self.read("0,Large,1048576,mapped_view,0,1.5,2,3,4,5,6")
        self.assertEqual((one.work, one.size, one.variant, one.is_twin),
                         ("Large", 1 << 20, "mapped_view", False))
        self.assertEqual((one.round, one.placement, one.is_disturbed),
                         (4, "one_core", True))
        self.assertEqual(one.costs["time_us"], 1.5)
        self.assertEqual(one.costs["max_us"], 6)
        self.assertTrue(self.read("0,Large,8,bare,1,1,2,3,4,5,6")[0].is_twin)

    def test_refuses_other_files(self):
        with self.assertRaisesRegex(samples.BadFile, "is_twin"):
            samples.read_samples(["work,size,variant"], "p", PROCESS, 0, False)
        for row in ("0,Large,x,bare,1,1,2,3,4,5,6", "0,Large,8"):
            with self.assertRaisesRegex(samples.BadFile, "line 2"):
                self.read(row)
        with self.assertRaises(samples.BadFile):
            samples.read_footprint(["what,count", "a,1"])


class MachineTest(unittest.TestCase):

    def test_reads_busy_and_stolen_time(self):
        usage = machine.parse_stat("cpu  100 20 30 900 50 4 6 70 0 0\ncpu0 1\n",
                                   100)
        self.assertAlmostEqual(usage.busy, 1.6)
        self.assertAlmostEqual(usage.steal, 0.7)

    def test_what_the_benchmark_takes_itself_is_no_disturbance(self):
        before, after = machine.Usage(10, 1), machine.Usage(13, 1)
        met = machine.disturbance(before, after, 3.0, 2.0, 2)
        self.assertEqual(met, (0, 0))
        self.assertFalse(summary.is_disturbed(met))
        met = machine.disturbance(before, after, 1.0, 2.0, 2)
        self.assertAlmostEqual(met.foreign, 0.5)
        self.assertTrue(summary.is_disturbed(met))

    def test_a_host_that_takes_the_core_away_disturbs(self):
        met = machine.disturbance(machine.Usage(0, 0), machine.Usage(2, 0.2),
                                  2.0, 2.0, 2)
        self.assertAlmostEqual(met.steal, 0.05)
        self.assertTrue(summary.is_disturbed(met))


class PlanTest(unittest.TestCase):

    def test_all_have_their_first_round_before_any_has_its_second(self):
        steps = run.plan("full", [], ["one_core", "two_cores"], 3,
                         suite.BINARIES)
        numbers = [step.round for step in steps]
        self.assertEqual(numbers, sorted(numbers))
        first = [step[1:] for step in steps if step.round == 0]
        second = [step[1:] for step in steps if step.round == 1]
        self.assertEqual(first, second[::-1])

    def test_what_is_the_same_everywhere_runs_once_a_round(self):
        steps = run.plan("full", [], ["one_core", "two_cores"], 1,
                         suite.BINARIES)
        places = [step.placement for step in steps
                  if step.binary.label.endswith("serialize_benchmark")]
        self.assertEqual(places, ["one_core"])

    def test_only_what_is_asked_for_is_run(self):
        steps = run.plan("full", ["Large"], ["one_core"], 1, suite.BINARIES)
        self.assertEqual({tuple(step.works) for step in steps}, {("Large",)})
        self.assertEqual(len(steps), 3)

    def test_a_filter_takes_its_works_and_sizes_only(self):
        pattern = re.compile(suite.filter_of({"OneWay": (8, 64), "Large": None}))
        for name, is_taken in (("OneWay/bare/8/real_time", True),
                               ("OneWay/bare/80/real_time", False),
                               ("SetOneWay/bare/8/real_time", False),
                               ("Large/private_copy/16/real_time", True),
                               ("RoundTrip/bare/8/real_time", False)):
            self.assertEqual(bool(pattern.search(name)), is_taken, name)

    def test_quick_works_are_works(self):
        for binary in suite.BINARIES:
            self.assertLessEqual(set(binary.quick), set(binary.works))


class Clock:
    """In place of the module time: passes only when it is told to."""

    def __init__(self):
        self.now = 0

    def monotonic(self):
        return self.now


class RunnerTest(unittest.TestCase):

    def setUp(self):
        self.clock = Clock()
        self.addCleanup(setattr, run, "time", run.time)
        run.time = self.clock
        self.done = []

    def runner(self, budget, seconds=10, end=None):
        """Each step takes `seconds`."""
        runner = run.Runner("nowhere", 0.1, budget, lambda text: None, end=end)

        def do(step, index, steps):
            self.done.append(step)
            self.clock.now += seconds
            runner._took[run._key(step)] = seconds

        runner._do = do
        return runner

    def steps(self, rounds, binaries=suite.BINARIES):
        return run.plan("full", ["Large"], ["one_core"], rounds, binaries)

    def test_does_all_that_there_is_time_for(self):
        runner, steps = self.runner(1000), self.steps(3)
        runner.do_all(steps)
        self.assertEqual(self.done, steps)
        self.assertEqual((runner.rounds, runner.is_complete), (3, True))

    def test_begins_no_round_that_would_end_too_late(self):
        # Three steps a round: there is time for a round and a step.
        runner = self.runner(40)
        runner.do_all(self.steps(3))
        self.assertEqual([step.round for step in self.done], [0, 0, 0])
        self.assertEqual((runner.rounds, runner.is_complete), (1, True))

    def test_begins_nothing_once_the_time_is_up_in_the_first_round(self):
        runner = self.runner(15)
        runner.do_all(self.steps(3))
        self.assertEqual(len(self.done), 2)
        self.assertEqual((runner.rounds, runner.is_complete), (0, False))

    def test_what_is_still_going_on_then_is_ended(self):
        runner = self.runner(100)
        self.assertEqual(runner._longest(), 100 + run.OVERTIME)
        self.clock.now = 130
        self.assertEqual(runner._longest(), run.OVERTIME)
        self.assertEqual(self.runner(1e6)._longest(), run.LONGEST_RUN)

    def test_every_kind_of_report_ends_in_time_whatever_hangs(self):
        late = run.OVERTIME + apart.GRACE + apart.GRACE_OF_OTHERS
        for kind, seconds in (("quick", 300), ("full", 3600)):
            self.assertLessEqual(suite.KINDS[kind].budget + late, seconds)

    def failing(self, budget, error, which):
        runner = self.runner(budget)
        do = runner._do

        def fail(step, index, steps):
            do(step, index, steps)
            if step.binary.label == which and step.round == 1:
                raise error

        runner._do = fail
        return runner

    def test_what_fails_is_left_out_from_then_on_and_others_go_on(self):
        for error in (run.Failed("it broke\nbadly"), apart.Overdue("it hung"),
                      samples.BadFile("no column work")):
            self.done = []
            runner = self.failing(1000, error, LIMITS)
            runner.do_all(self.steps(4))
            rounds = {label: sum(step.binary.label == label
                                 for step in self.done)
                      for label in (PROCESS, LIMITS, PEERS)}
            self.assertEqual(rounds, {PROCESS: 4, LIMITS: 2, PEERS: 4})
            self.assertFalse(runner.is_complete)
            one, = runner.left_out
            self.assertEqual(one["what"], LIMITS)
            self.assertIn("round 2, one_core", one["why"])
            self.assertIn(str(error).splitlines()[0], one["why"])

    def test_a_report_is_complete_without_what_is_optional(self):
        runner = self.failing(1000, run.Failed("it broke"), PEERS)
        runner.do_all(self.steps(4))
        self.assertTrue(runner.is_complete)
        self.assertEqual([one["what"] for one in runner.left_out], [PEERS])

    def test_is_not_complete_when_it_was_stopped(self):
        end = apart.End()
        end.is_asked_for = True
        runner = self.runner(1000, end=end)
        with self.assertRaises(apart.Stopped):
            runner.do_all(self.steps(1))
        self.assertEqual(self.done, [])
        self.assertFalse(runner.is_complete)

    def test_peers_that_failed_are_those_that_the_binary_names(self):
        self.assertEqual(
            run.failed_peers(["zeromq 4.3.4", "mmap failed: no memory",
                              "peer nng failed: UNAVAILABLE: it is gone"]),
            {"nng": "UNAVAILABLE: it is gone"})


class ApartTest(unittest.TestCase):

    def run_script(self, script, seconds=60, end=None):
        with tempfile.TemporaryFile() as log:
            try:
                return apart.run(["/bin/sh", "-c", script], log, seconds, end)
            finally:
                log.seek(0)
                self.log = log.read().decode()

    def test_a_command_says_how_it_ended_and_what_it_took(self):
        busy = "import sys\nfor i in range(3000000): pass\nsys.exit(5)"
        with open(os.devnull, "wb") as log:
            code, seconds = apart.run([sys.executable, "-c", busy], log, 60)
        self.assertEqual(code, 5)
        self.assertGreater(seconds, 0)

    def test_what_takes_too_long_is_told_to_end_first(self):
        with self.assertRaises(apart.Overdue):
            self.run_script("trap 'echo cleared; exit 0' TERM; echo begun; "
                            "while :; do sleep 0.01; done", 0.5)
        self.assertEqual(self.log, "begun\ncleared\n")

    def test_what_does_not_end_is_killed(self):
        self.addCleanup(setattr, apart, "GRACE", apart.GRACE)
        apart.GRACE = 0.1
        with self.assertRaises(apart.Overdue):
            self.run_script("trap '' TERM; while :; do sleep 0.01; done", 0.1)

    def give_others(self, seconds):
        self.addCleanup(setattr, apart, "GRACE_OF_OTHERS",
                        apart.GRACE_OF_OTHERS)
        apart.GRACE_OF_OTHERS = seconds

    def test_what_it_has_started_may_clear_away_too(self):
        self.give_others(60)
        code, _ = self.run_script("(sleep 0.2; echo cleared) & exit 3")
        self.assertEqual((code, self.log), (3, "cleared\n"))

    def test_what_it_has_started_is_killed_then(self):
        self.give_others(0.1)
        code, _ = self.run_script("sleep 1000 & echo $!; exit 3")
        self.assertEqual(code, 3)
        while apart._group_of(int(self.log)):
            time.sleep(0.01)

    def test_a_signal_that_comes_is_noted_and_stops_what_runs(self):
        end = apart.End()
        for number in end.SIGNALS:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
            signal.signal(number, signal.SIG_DFL)
        end.watch()
        for number in end.SIGNALS:
            end.is_asked_for = False
            end.check()
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)  # a second one changes nothing
            with self.assertRaises(apart.Stopped):
                self.run_script("exec sleep 1000", end=end)

    def test_a_signal_that_is_ignored_stays_so(self):
        self.addCleanup(signal.signal, signal.SIGHUP,
                        signal.getsignal(signal.SIGHUP))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        apart.End().watch()
        self.assertEqual(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)


class CompareTest(unittest.TestCase):

    def reports(self, before, now, variant="transport", label=PROCESS):
        def report(times):
            return report_of([
                s for i, time in enumerate(times)
                for s in (sample("bare", 1, i, label=label),
                          sample(variant, time, i, label=label))])

        return report(now), report(before)

    def change(self, before, now, **edits):
        new, old = self.reports(before, now)
        new["lines"][1].update(edits)
        change, = compare.compare(new, old)
        return change

    def test_only_spreads_that_are_well_apart_say_something(self):
        before = (1, 1.01, 1.02, 1.03, 1.04)
        for factor, verdict in ((1, compare.SAME), (1.02, compare.SAME),
                                (1.05, compare.SAME), (1.1, compare.SLOWER),
                                (2, compare.SLOWER), (0.99, compare.SAME),
                                (0.5, compare.FASTER)):
            change = self.change(before, [factor * t for t in before])
            self.assertEqual(change.verdict, verdict, factor)
            self.assertAlmostEqual(change.ratio, 1 / factor)

    def test_a_change_of_less_than_the_least_says_nothing(self):
        change = self.change((1,) * 5, (1.04,) * 5)
        self.assertEqual(change.verdict, compare.SAME)

    def test_few_rounds_say_nothing(self):
        for count, verdict in ((4, compare.UNSURE), (5, compare.SLOWER)):
            change = self.change((1,) * count, (2,) * count)
            self.assertEqual(change.verdict, verdict)

    def test_chance_alone_is_hardly_ever_a_change(self):
        # Of a few hundred lines, none or one.
        random_ = random.Random(1)
        found = 0
        for _ in range(3000):
            before, now = ([random_.gauss(1, 0.05) for _ in range(5)]
                           for _ in range(2))
            found += compare._is_apart(summary.spread(before),
                                       summary.spread(now))
        self.assertLessEqual(found, 5)

    def test_noise_is_no_verdict(self):
        change = self.change((1,) * 5, (2,) * 5, noise=["loud"])
        self.assertEqual(change.verdict, compare.UNSURE)
        change = self.change((1, 1.1, 1.2, 1.3, 1.4), (4,) * 5)
        self.assertEqual(change.verdict, compare.UNSURE)

    def test_lines_of_one_report_only_are_left_out(self):
        old = report_of([sample("bare", 1), sample("transport", 1)])
        new = report_of([sample("bare", 1), sample("typed_bytes", 1)])
        self.assertEqual(compare.compare(new, old), [])

    def test_lines_of_other_loops_are_not_compared(self):
        old = report_of([sample("bare", 1, label=PEERS),
                         sample("transport", 1, label=PEERS)])
        new = report_of([sample("bare", 1), sample("transport", 1)])
        self.assertEqual(compare.compare(new, old), [])

    def test_only_what_is_ours_is_ours_to_mend(self):
        for variant, label, count in (("transport", PROCESS, 1),
                                      ("ours_transport", PEERS, 1),
                                      ("zeromq", PEERS, 0),
                                      ("limit_pipe", LIMITS, 0)):
            changes = compare.compare(
                *self.reports((1,) * 5, (2,) * 5, variant, label))
            self.assertEqual([c.verdict for c in changes], [compare.SLOWER])
            self.assertEqual(len(compare.slower(changes)), count, variant)

    def test_reports_of_two_kinds_are_compared_with_a_caution(self):
        new, old = self.reports((1,) * 5, (1,) * 5)
        new["rounds"] = old["rounds"] = 5
        self.assertEqual(compare.cautions(new, old), [])
        for edit, words_ in ((lambda r: r.update(kind="full"), "kind"),
                             (lambda r: r.update(is_complete=False),
                              "not complete"),
                             (lambda r: r.update(rounds=4), "rounds"),
                             (lambda r: r["machine"].update(cpu="abacus"),
                              "abacus")):
            other = copy.deepcopy(old)
            edit(other)
            said, = compare.cautions(new, other)
            self.assertIn(words_, said)
            self.assertIn(said, render_markdown.render(new, [], [said]))
            self.assertIn(said, render_html.render(new, [], [said]))


class PeersTest(unittest.TestCase):

    def test_says_who_a_variant_is(self):
        for variant, label, kind in (
            ("bare_epoll", PROCESS, peers.BARE), ("limit_pipe", "//x:y",
                                                  peers.LIMIT),
            ("router", "//bench:async_benchmark", peers.OURS),
            ("zeromq", PEERS, peers.PEER), ("ours_transport", PEERS, peers.OURS),
            ("protobuf", "//bench/serialize:serialize_benchmark", peers.PEER)):
            self.assertEqual(peers.peer_of(variant, label).kind, kind, variant)

    def test_order_is_twin_limits_ours_peers(self):
        names = [peers.peer_of(v, PEERS) for v in
                 ("zeromq", "ours_transport", "limit_pipe", "bare", "zeromq")]
        self.assertEqual([peer.name for peer in peers.in_order(names)],
                         ["bare in their loops", "limit pipe",
                          "ours transport", "zeromq"])

    def test_no_two_peers_have_one_colour(self):
        many = [peers.peer_of("peer%d" % i, PEERS) for i in range(12)]
        many += [peers.peer_of(name, PEERS) for name in
                 ("protobuf", "protobuf_fill", "ours_transport", "transport",
                  "ours_typed_bytes", "typed_bytes")]
        self.assertEqual(len(set(peers.colours(many).values())), 18)


class PlotsTest(unittest.TestCase):

    def test_a_log_axis_has_ticks_within_its_range(self):
        self.assertEqual(plots.log_ticks(0.9, 12), [1, 2, 5, 10])
        self.assertEqual(plots.log_ticks(1, 1e6),
                         [1, 10, 100, 1000, 10000, 100000, 1000000])

    def test_a_linear_axis_begins_at_zero(self):
        self.assertEqual(plots.linear_ticks(8), [0, 2, 4, 6, 8])
        self.assertEqual(plots.linear_ticks(0.9)[0], 0)

    def test_bars_begin_at_zero_and_are_as_long_as_their_values(self):
        peer = peers.Peer("bare", peers.BARE)
        rows = [(peer, "a", summary.spread([2]), "", False),
                (peer, "b", summary.spread([8]), "", False)]
        svg = plots.bars("t", rows, plots.Axis("x", words.number))
        root = ElementTree.fromstring(svg)
        found = [(float(e.get("x")), float(e.get("width")))
                 for e in root.iter("{http://www.w3.org/2000/svg}rect")]
        self.assertEqual([x for x, _ in found], [plots.BAR_LEFT] * 2)
        self.assertAlmostEqual(found[1][1], 4 * found[0][1], delta=0.5)

    def test_a_larger_value_is_higher_and_whiskers_span_the_rounds(self):
        peer = peers.Peer("transport", peers.OURS)
        points = [(8, {"median": 1, "low": 0.5, "high": 2}, "a", False),
                  (64, {"median": 10, "low": 10, "high": 10}, "b", True)]
        svg = plots.lines("t", [plots.Series(peer, points)],
                          plots.Axis("x", words.size),
                          plots.Axis("y", words.number))
        marks = [e for e in ElementTree.fromstring(svg).iter(
            "{http://www.w3.org/2000/svg}rect")]
        self.assertGreater(float(marks[0].get("y")), float(marks[1].get("y")))
        self.assertEqual(marks[1].get("class"), "m c-transport n")
        self.assertEqual(svg.count('class="w '), 1)


    def test_a_group_of_dots_is_named_once_and_nothing_lies_on_the_names(self):
        peer = peers.Peer("rust_ipc_channel_old_bytes", peers.PEER)
        rows = [(peer, ("RoundTrip 64Ki", peer.name), summary.spread([value]),
                 "", False) for value in (0.5, 2)]
        svg = plots.dots("t", rows, plots.Axis("x", words.tick), "bare")
        self.assertEqual(svg.count(">RoundTrip 64Ki<"), 1)
        self.assertEqual(svg.count(">%s<" % peer.name), 2)
        # Letters are 7 wide at most.
        widths = 7 * (len("RoundTrip 64Ki") + len(peer.name))
        self.assertLess(4 + widths, plots.DOTS_LEFT)


class RenderTest(unittest.TestCase):

    def setUp(self):
        self.report = report_of(many_samples(), [{"what": "a<b", "why": "c&d"}])
        self.changes = compare.compare(self.report, self.report)
        self.page = render_html.render(self.report, self.changes)

    def test_the_page_is_well_formed_and_has_every_figure(self):
        root = ElementTree.fromstring(self.page.replace("<!DOCTYPE html>", ""))
        headings = [h.text for h in root.iter("h2")]
        for figure in figures.FIGURES:
            self.assertIn(figure.title, headings)
        for title in ("Beside bare system calls", "Beside other libraries",
                      "Descriptors and memory",
                      "What it costs the processors", "All figures",
                      "The tail of the latency", "Against the other report"):
            self.assertIn(title, headings)
        svg = "{http://www.w3.org/2000/svg}svg"
        panels = [e for e in root.iter(svg) if e.get("role") == "img"]
        self.assertGreaterEqual(len(panels), 2 * len(headings) - 6)

    def test_others_are_compared_with_ours_in_the_same_loops(self):
        drawn = figures.draw_beside_others(self.report)
        self.assertEqual({line["variant"] for line in drawn.lines},
                         {"other<&>lib", "ours_transport"})
        self.assertEqual(len(drawn.panels), 2)

    def test_no_plot_of_times_has_lines_of_two_loops(self):
        drawn = figures.draw_all(self.report)
        mixed = [one.figure.title for one in drawn
                 if len({peers.is_of_peers(line["binary"])
                         for line in one.lines}) != 1]
        self.assertEqual(mixed, [])
        theirs = {one.figure.title: one for one in drawn
                  if peers.is_of_peers(one.lines[0]["binary"])}
        for title in ("Latency by size", "The tail of the latency",
                      "Throughput by size", "Large messages",
                      "What it costs the processors"):
            one = theirs[title + ", beside other libraries"]
            # Beside their own twin, and ours in their own loops.
            self.assertEqual({line["variant"] for line in one.lines},
                             {"bare", "ours_transport", "other<&>lib"}, title)
            self.assertEqual({line["time_us"]["median"] for line in one.lines
                              if line["is_twin"]}, {6})

    def test_a_line_has_one_mark_at_a_size_though_two_binaries_have_it(self):
        report = report_of([
            sample(name, 1, work="Large", size=16 << 20, label=label)
            for name, label in (("bare_fragments", PROCESS),
                                ("bare_fragments", LIMITS), ("bare", PEERS))])
        drawn = [figures.draw(figures.FIGURES[2], report, of_peers)
                 for of_peers in (False, True)]
        self.assertEqual([len(one.lines) for one in drawn], [1, 1])

    def test_other_placements_have_a_name_too(self):
        report = report_of([sample(name, 1, placement="moon") for name in
                            ("bare", "transport")])
        self.assertIn("moon", render_html.render(report))

    def test_the_overview_is_first_and_compares_within_one_kind_of_loops(self):
        root = ElementTree.fromstring(self.page.replace("<!DOCTYPE html>", ""))
        self.assertEqual(next(root.iter("h2")).text, "At a glance")
        report = report_of([
            sample("bare", 20), sample("transport", 22),
            sample("bare", 40, label=PEERS),
            sample("ours_transport", 50, label=PEERS),
            sample("zeromq", 80, label=PEERS),
            sample("bare_descriptor", 1, work="PassSender"),
            sample("not_held", 2, work="PassSender")])
        table, = overview.tables(report)
        self.assertEqual([column.work for column in table.columns],
                         ["RoundTrip", "PassSender"])
        rows = {name: [(overview.time_of(line), overview.speed_of(line))
                       for line in cells] for name, cells in table.rows}
        self.assertEqual(list(rows), [overview.BARE_ROW, "ours: bytes",
                                      "zeromq"])
        self.assertEqual(rows["ours: bytes"], [("~50.0 us", "~0.80"),
                                               ("~2.00 us", "~0.50")])
        self.assertEqual(rows["zeromq"], [("~80.0 us", "~0.50"), ("-", "")])
        self.assertEqual(rows[overview.BARE_ROW][0], ("~40.0 us", ""))
        self.assertEqual(table.fastest, [50, 2])
        self.assertIn("| ours: bytes | **~50.0 us**, ~0.80 | **~2.00 us**",
                      render_markdown.render(report))

    def test_without_others_the_overview_is_of_our_loops(self):
        report = report_of([sample("bare", 20), sample("limit_pipe", 5),
                            sample("transport", 22), sample("typed_bytes", 25)])
        table, = overview.tables(report)
        self.assertEqual([name for name, _ in table.rows],
                         [overview.BARE_ROW, "ours: bytes", "ours: typed"])

    def test_without_others_there_is_no_such_figure(self):
        report = report_of([sample("bare", 1), sample("transport", 2)])
        self.assertIsNone(figures.draw_beside_others(report))

    def test_every_figure_has_its_table_beside_it(self):
        root = ElementTree.fromstring(self.page.replace("<!DOCTYPE html>", ""))
        for section in root.iter("section"):
            self.assertIsNotNone(section.find(".//table"), section.get("id"))

    def test_the_page_needs_nothing_from_elsewhere(self):
        text = self.page.replace('xmlns="http://www.w3.org/2000/svg"', "")
        for forbidden in ("http:", "https:", "<script", "url(", "@import",
                          "<link", "src="):
            self.assertNotIn(forbidden, text)

    def test_a_peer_has_one_colour_in_both_themes(self):
        self.assertEqual(self.page.count("--c-transport: "), 2)
        self.assertEqual(self.page.count(".c-transport {"), 1)

    def test_marks_say_their_figures(self):
        self.assertRegex(self.page, r"<title>transport, RoundTrip 8; mean [^<]*"
                         "p99.9[^<]*speed beside the twin")

    def test_names_cannot_break_the_page(self):
        self.assertIn("other&lt;&amp;&gt;lib", self.page)
        self.assertNotIn("other<", self.page)

    def test_an_empty_report_is_a_page_too(self):
        page = render_html.render(report_of([], is_complete=False))
        ElementTree.fromstring(page.replace("<!DOCTYPE html>", ""))
        self.assertIn("Not complete", page)

    def test_markdown_has_a_row_for_each_line(self):
        text = render_markdown.render(self.report, self.changes)
        table = [row for row in text.splitlines() if row.startswith("| ")]
        self.assertGreaterEqual(len(table), len(self.report["lines"]))
        self.assertIn("| RoundTrip | 4Ki | transport | ", text)
        self.assertIn("a<b: c&d", text)
        for row in table:
            self.assertNotIn("\n", row)

    def test_noise_is_marked(self):
        noisy = report_of([sample("bare", 1), sample("transport", 2)])
        self.assertIn("| ~0.50 [0.50-0.50] |", render_markdown.render(noisy))
        self.assertIn("~0.50 [0.50-0.50]", render_html.render(noisy))


class DocumentTest(unittest.TestCase):

    def test_what_is_written_is_read_again(self):
        report = report_of(many_samples())
        with open(os.path.join(os.environ.get("TEST_TMPDIR", "/tmp"),
                               "document_test.json"), "w+",
                  encoding="utf-8") as file:
            file.write(document.dump(report))
            file.flush()
            self.assertEqual(document.load(file.name), report)
            os.unlink(file.name)

    def test_other_files_are_refused(self):
        report = report_of([sample("bare", 1)])
        for edit in (lambda r: r.update(schema=document.SCHEMA + 1),
                     lambda r: r.pop("machine"),
                     lambda r: r["lines"][0].pop("speed"),
                     lambda r: r.update(lines={}),
                     lambda r: r["lines"].append(3),
                     lambda r: r["lines"][0].update(size="8"),
                     lambda r: r["lines"][0].update(speed={"median": 1}),
                     lambda r: r["lines"][0]["time_us"].update(low=0),
                     lambda r: r["lines"][0]["time_us"].update(
                         high=float("nan")),
                     lambda r: r["machine"].pop("cpu"),
                     lambda r: r["runs"][0].pop("load"),
                     lambda r: r["footprint"].append({"what": "a"}),
                     lambda r: r.update(left_out=[{"what": "a", "why": 3}])):
            other = copy.deepcopy(report)
            edit(other)
            with self.assertRaises(samples.BadFile):
                document.check(other)
        with self.assertRaises(samples.BadFile):
            document.load("/nonexistent/report.json")


class WordsTest(unittest.TestCase):

    def test_numbers_have_three_digits_that_count(self):
        for value, text in ((0, "0"), (0.0123, "0.012"), (0.5, "0.50"),
                            (12.34, "12.3"), (1234.5, "1,234")):
            self.assertEqual(words.number(value), text)

    def test_sizes_and_durations(self):
        self.assertEqual([words.size(n) for n in (8, 1000, 4096, 16 << 20)],
                         ["8", "1000", "4Ki", "16Mi"])
        self.assertEqual([words.duration(s) for s in (5, 65, 3660)],
                         ["5 s", "1 min 05 s", "1 h 01 min"])


if __name__ == "__main__":
    unittest.main()
