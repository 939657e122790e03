#!/usr/bin/env python3
"""Shows the parts of bench_report samples and reports made for it."""

import copy
import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import compare  # noqa: E402
import document  # noqa: E402
import figures  # noqa: E402
import machine  # noqa: E402
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
HEADER = ("round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,"
          "p999_us,max_us")


def sample(variant, time_us, round_number=0, work="RoundTrip", size=8,
           label=PROCESS, placement="one_core", is_disturbed=False):
    costs = dict.fromkeys(summary.FIELDS, time_us)
    return summary.Sample(placement=placement, label=label, round=round_number,
                          work=work, size=size, variant=variant,
                          is_twin=variant == "bare", is_disturbed=is_disturbed,
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
            sample("transport", 1), sample("transport", 9, label=PEERS)])
        self.assertEqual([line["binary"] for line in lines], [PROCESS])

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
            self.assertEqual(line["noise"], noise)

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


class RunnerTest(unittest.TestCase):

    def runner(self, budget, done):
        runner = run.Runner("nowhere", 0.1, budget, lambda text: None)
        runner._do = lambda step, index, steps: done.append(step)
        return runner

    def test_does_all_that_there_is_time_for(self):
        done = []
        runner = self.runner(1000, done)
        steps = run.plan("full", ["Large"], ["one_core"], 3, suite.BINARIES)
        runner.do_all(steps)
        self.assertEqual(done, steps)
        self.assertEqual((runner.rounds, runner.is_complete), (3, True))

    def test_begins_no_round_that_would_end_too_late(self):
        done = []
        runner = self.runner(-1, done)
        steps = run.plan("full", ["Large"], ["one_core"], 3, suite.BINARIES)
        runner.do_all(steps)
        self.assertEqual({step.round for step in done}, {0})
        self.assertEqual((runner.rounds, runner.is_complete), (1, True))

    def test_is_not_complete_when_it_was_stopped(self):
        runner = self.runner(1000, [])

        def stop(step, index, steps):
            raise run.Stopped()

        runner._do = stop
        with self.assertRaises(run.Stopped):
            runner.do_all(
                run.plan("full", ["Large"], ["one_core"], 1, suite.BINARIES))
        self.assertFalse(runner.is_complete)

    def test_a_command_says_how_it_ended_and_what_it_took(self):
        with open(os.devnull, "wb") as log:
            busy = "import sys\nfor i in range(3000000): pass\nsys.exit(5)"
            code, seconds = run.run_apart([sys.executable, "-c", busy], log)
        self.assertEqual(code, 5)
        self.assertGreater(seconds, 0)


class CompareTest(unittest.TestCase):

    def change(self, before, now, **edits):
        def lines(factors):
            report = report_of([
                s for i, factor in enumerate(factors)
                for s in (sample("bare", 1, i), sample("transport", factor, i))])
            return report

        old, new = lines(before), lines(now)
        new["lines"][1].update(edits)
        change, = compare.compare(new, old)
        return change

    def test_only_spreads_that_do_not_touch_say_something(self):
        self.assertEqual(self.change((1, 1.1, 1.2), (1, 1.1, 1.2)).verdict,
                         compare.SAME)
        self.assertEqual(self.change((1, 1.1, 1.2), (1.1, 1.2, 1.3)).verdict,
                         compare.SAME)
        self.assertEqual(self.change((1.1, 1.2, 1.3), (1, 1.1, 1.2)).verdict,
                         compare.SAME)
        slower = self.change((1, 1.1, 1.2), (2, 2.1, 2.2))
        self.assertEqual(slower.verdict, compare.SLOWER)
        self.assertAlmostEqual(slower.ratio, 1.1 / 2.1)
        self.assertEqual(self.change((2, 2.1, 2.2), (1, 1.1, 1.2)).verdict,
                         compare.FASTER)

    def test_noise_is_no_verdict(self):
        change = self.change((1, 1.1, 1.2), (2, 2.1, 2.2), noise=["loud"])
        self.assertEqual(change.verdict, compare.UNSURE)

    def test_lines_of_one_report_only_are_left_out(self):
        old = report_of([sample("bare", 1), sample("transport", 1)])
        new = report_of([sample("bare", 1), sample("typed_bytes", 1)])
        self.assertEqual(compare.compare(new, old), [])


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
                         ["bare", "limit pipe", "ours transport", "zeromq"])

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
                     lambda r: r["lines"][0].pop("speed")):
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
