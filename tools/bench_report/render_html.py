"""The report as one page: nothing from elsewhere, no script."""

from xml.sax.saxutils import escape, quoteattr

import compare
import figures
import overview
import plots
import render_markdown
import words
from peers import LIMIT, colours, in_order, peer_of

_STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --card: #f6f8fa;
  --ink: #1f2328; --soft: #59636e; --rule: #d8dee4; --grid: #e3e8ed;
  --accent: #0b5fd0; --good: #1a7f37; --bad: #c2242f; %(light)s }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1116; --card: #161b22;
  --ink: #e6e8eb; --soft: #9aa4ae; --rule: #30363d; --grid: #262c34;
  --accent: #5aa2ff; --good: #4cc26a; --bad: #ff7b72; %(dark)s } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 56px 0 4px; padding-top: 20px;
  border-top: 1px solid var(--rule); }
p { max-width: 74ch; margin: 0 0 12px; color: var(--soft); }
p.lead { font-size: 17px; color: var(--ink); }
p.warn { color: var(--bad); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr max-content 1fr;
  gap: 4px 18px; margin: 20px 0; padding: 16px 18px; background: var(--card);
  border-radius: 8px; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
nav { font-size: 14px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.panels { display: grid; gap: 16px; margin: 14px 0 10px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%%, 460px), 1fr)); }
.panel { background: var(--card); border-radius: 8px; padding: 10px 12px 6px; }
.panel svg { display: block; width: 100%%; height: auto; max-width: 620px;
  margin: 0 auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 12px;
  padding: 0; list-style: none; font-size: 14px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.legend svg { width: 30px; height: 14px; flex: none; }
text { fill: var(--soft); font-size: 12px; }
text.t { fill: var(--ink); font-size: 13px; font-weight: 600; }
text.v { fill: var(--ink); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.g { stroke: var(--grid); } .a { stroke: var(--soft); }
.o { stroke: var(--ink); stroke-dasharray: 3 3; }
.s { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
.s.d { stroke-dasharray: 5 4; stroke-width: 1.5; }
.w { fill: none; stroke: var(--c, var(--ink)); stroke-width: 1.3; opacity: .75; }
.m { fill: var(--c); stroke: var(--card); stroke-width: 1; }
.m.n { fill: var(--card); stroke: var(--c); stroke-width: 2; }
.b { fill: var(--c); } .b.n { fill-opacity: .45; stroke: var(--c); }
.m:hover, .b:hover { filter: brightness(1.25); }
%(classes)s
details { margin: 6px 0; } summary { cursor: pointer; color: var(--accent);
  font-size: 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: 10px 0;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: 3px 14px 3px 0; border-bottom: 1px solid var(--grid); }
td.r, th.r { text-align: right; }
tr.first td { border-top: 1px solid var(--rule); }
h3 { font-size: 15px; margin: 18px 0 0; }
table.glance { font-size: 14px; }
.glance td i { display: inline-block; width: 4.6em; color: var(--soft);
  font-style: normal; font-size: 12.5px; }
.glance tr.ours td { background: var(--card); }
.glance tr.ours td:first-child { color: var(--accent); font-weight: 600; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
  background: var(--c); margin-right: 7px; }
.noisy { color: var(--soft); font-style: italic; }
.faster { color: var(--good); font-weight: 600; }
.slower { color: var(--bad); font-weight: 600; }
footer { margin-top: 56px; font-size: 13px; color: var(--soft); }
@media (max-width: 700px) { dl { grid-template-columns: max-content 1fr; } }
@media print { .panel { break-inside: avoid; } }
"""

# Of render_markdown's columns, those with words; the others have numbers.
_WORDS = ("placement", "work", "who")
OVERVIEW = "At a glance"


def _slug(title):
    return plots.class_of(title)[2:]


def _style(peers):
    shades = colours(peers)
    light = " ".join("--%s: %s;" % (plots.class_of(name), pair[0])
                     for name, pair in shades.items())
    dark = " ".join("--%s: %s;" % (plots.class_of(name), pair[1])
                    for name, pair in shades.items())
    classes = "\n".join(".%s { --c: var(--%s); }" % (css, css)
                        for css in map(plots.class_of, shades))
    return _STYLE % {"light": light, "dark": dark, "classes": classes}


def _legend(peers):
    items = []
    for peer in peers:
        css = plots.class_of(peer.name)
        dashed = " d" if peer.kind == LIMIT else ""
        items.append(
            '<li><svg viewBox="0 0 30 14" aria-hidden="true">'
            '<path d="M1 7H29" class="s %s%s"/>%s</svg>%s</li>' %
            (css, dashed, plots.marker(peer.kind, 15, 7, css),
             escape(peer.name)))
    return '<ul class="legend">%s</ul>' % "".join(items)


def _cell(tag, words_, is_number, css=""):
    classes = " ".join(name for name in ("r" if is_number else "", css) if name)
    return "<%s%s>%s</%s>" % (tag, " class=%s" % quoteattr(classes)
                              if classes else "", words_, tag)


def _lines_table(lines):
    names = ["placement"] + render_markdown.columns()
    out = ['<div class="scroll"><table><thead><tr>']
    out += [_cell("th", name, name not in _WORDS) for name in names]
    out.append("</tr></thead><tbody>")
    before = None
    for line in lines:
        group = (line["placement"], line["work"], line["size"])
        out.append('<tr class="first">' if group != before else "<tr>")
        before = group
        peer = peer_of(line["variant"], line["binary"])
        cells = [line["placement"]] + render_markdown.cells_of(line)
        for name, cell in zip(names, cells):
            html = escape(cell)
            if name == "who":
                html = '<span class="key %s"></span>%s' % (plots.class_of(
                    peer.name), html)
            css = "noisy" if cell.startswith("~") else ""
            out.append(_cell("td", html, name not in _WORDS, css))
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out)


def _details(summary, inner):
    return "<details><summary>%s</summary>%s</details>" % (escape(summary),
                                                           inner)


def _section(title, note, inner):
    return '<section id=%s><h2>%s</h2><p>%s</p>%s</section>' % (
        quoteattr(_slug(title)), escape(title), escape(note), inner)


def _figure(drawn):
    panels = "".join('<div class="panel">%s</div>' % svg
                     for svg in drawn.panels)
    legend = _legend(drawn.peers) if drawn.peers else ""
    return _section(
        drawn.figure.title, drawn.figure.note,
        legend + '<div class="panels">%s</div>' % panels +
        _details("The figures as a table", _lines_table(drawn.lines)))


def _footprint(report):
    rows = "".join(
        "<tr>%s%s%s</tr>" %
        (_cell("td", escape(row["what"]), False),
         _cell("td", words.number(row["descriptors"]), True),
         _cell("td", words.number(row["kib"]), True))
        for row in report["footprint"])
    return _section(
        "Descriptors and memory",
        "Of each of %d, idle, in this process: open descriptors and resident "
        "memory. What the kernel keeps for a socket in its own slabs is not "
        "seen." % report["footprint"][0]["count"],
        "<table><thead><tr>%s%s%s</tr></thead><tbody>%s</tbody></table>" %
        (_cell("th", "each", False), _cell("th", "descriptors", True),
         _cell("th", "KiB", True), rows))


def _overview_table(table):
    out = ['<h3>%s</h3><div class="scroll"><table class="glance"><thead><tr>' %
           escape(words.placement(table.placement).capitalize())]
    out.append(_cell("th", "", False))
    out += [_cell("th", escape(column.title), True)
            for column in table.columns]
    out.append("</tr></thead><tbody>")
    for name, cells in table.rows:
        ours = name.startswith("ours")
        out.append('<tr class="ours">' if ours else "<tr>")
        out.append(_cell("td", escape(name), False))
        for line, fastest in zip(cells, table.fastest):
            text = escape(overview.time_of(line))
            if overview.is_fastest(line, fastest, name):
                text = "<b>%s</b>" % text
            out.append(_cell("td", "%s<i>%s</i>" % (
                text, escape(overview.speed_of(line))), True))
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out)


def _overview(report):
    return _section(
        OVERVIEW, overview.note(report),
        "".join(map(_overview_table, overview.tables(report))))


def _changes(changes, cautions):
    rows = []
    for change in changes:
        css = (change.verdict
               if change.verdict in (compare.FASTER, compare.SLOWER) else
               "noisy")
        rows.append("<tr>%s</tr>" % "".join((
            _cell("td", escape(change.placement), False),
            _cell("td", escape(change.work), False),
            _cell("td", words.size(change.size), True),
            _cell("td", escape(peer_of(change.variant, change.binary).name),
                  False),
            _cell("td", words.spread(change.before), True),
            _cell("td", words.spread(change.now), True),
            _cell("td", "%.2f" % change.ratio, True),
            _cell("td", escape(change.verdict), False, css),
        )))
    heads = ("placement", "work", "size", "who", "before", "now", "ratio", "")
    return _section(
        "Against the other report",
        "Speed beside the twin, now through before: above 1 is faster. Marked "
        "where the spreads of five rounds at least are apart by half of the "
        "wider one, and the medians by 5 %.",
        "".join('<p class="warn">%s</p>' % escape(sentence)
                for sentence in cautions) +
        '<div class="scroll"><table><thead><tr>%s</tr></thead><tbody>%s'
        "</tbody></table></div>" %
        ("".join(_cell("th", name, name in ("size", "before", "now", "ratio"))
                 for name in heads), "".join(rows)))


def _head(report):
    out = ["<h1>ipc_channel, measured</h1>",
           '<p class="lead">Each figure beside the system calls that a program '
           "without a library would make, in the same round.</p>"]
    if not report["is_complete"]:
        out.append('<p class="warn">Not complete: this is what was measured '
                   "until it was ended.</p>")
    out.append("<dl>%s</dl>" % "".join(
        "<dt>%s</dt><dd>%s</dd>" % (escape(name), escape(value))
        for name, value in words.machine_rows(report)))
    out.append("<p>%s Marks are medians over the rounds, whiskers the lowest "
               "and the highest round. Hollow marks and ~ are noise: rounds "
               "that differ by more than 30 %%, or fewer than three that "
               "nothing disturbed.</p>" % escape(words.quiet_sentence(report)))
    if report["left_out"]:
        out.append("<p>Left out: %s.</p>" % escape("; ".join(
            "%s (%s)" % (one["what"].split(":")[-1], one["why"])
            for one in report["left_out"])))
    return "".join(out)


def render(report, changes=None, cautions=()):
    drawn = figures.draw_all(report)
    peers = in_order(peer_of(line["variant"], line["binary"])
                     for line in report["lines"])
    titles = [one.figure.title for one in drawn]
    sections = [_figure(one) for one in drawn]
    if report["footprint"]:
        titles.append("Descriptors and memory")
        sections.append(_footprint(report))
    if changes is not None:
        titles.insert(0, "Against the other report")
        sections.insert(0, _changes(changes, cautions or ()))
    if overview.tables(report):
        titles.insert(0, OVERVIEW)
        sections.insert(0, _overview(report))
    titles.append("All figures")
    sections.append(
        _section("All figures", "Every work, size and variant. Speed and cpu "
                 "ratio are beside the twin; times in microseconds.",
                 _details("The whole table", _lines_table(report["lines"]))))
    links = "".join("<a href=%s>%s</a>" %
                    (quoteattr("#" + _slug(title)), escape(title))
                    for title in titles)
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
            '<meta name="viewport" content="width=device-width, '
            'initial-scale=1"/><title>ipc_channel, measured %s</title>'
            "<style>%s</style></head><body><main>%s<nav>%s</nav>%s"
            "<footer>docs/performance.md says how this was measured and what "
            "each figure means.</footer></main></body></html>\n" %
            (escape(report["date"]), _style(peers), _head(report), links,
             "".join(sections)))
