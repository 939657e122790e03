"""What machine this is, and what else goes on in it."""

import collections
import os
import platform
import re
import subprocess


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _first_line(command):
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    lines = result.stdout.decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""


def commit_of(root):
    """The commit that is checked out, and whether anything was changed."""
    git = ["git", "-C", root]
    commit = _first_line(git + ["rev-parse", "--short=12", "HEAD"])
    if commit == "unknown":
        return commit
    changed = _first_line(git + ["status", "--porcelain", "-uno"])
    return commit + (" and changes" if changed else "")


def facts(root, placements, flags):
    """What a reader needs to know of where figures come from."""
    cpuinfo = _read("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"))
    governor = _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "cpu": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "virtual": bool(re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo,
                                  re.MULTILINE)),
        "memory_gib": round(int(memory.group(1)) / 1048576, 1)
                      if memory else None,
        "kernel": "%s %s" % (platform.system(), platform.release()),
        "governor": governor.strip() or "not shown",
        "compiler": _first_line([os.environ.get("CC", "gcc"), "--version"]),
        "flags": flags,
        "commit": commit_of(root),
        "placements": list(placements),
    }


# Processor time of the whole machine so far, in seconds.
Usage = collections.namedtuple("Usage", "busy steal")


def parse_stat(text, ticks_per_second):
    """What the first line of /proc/stat says."""
    fields = [int(field) for field in text.splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return Usage((user + nice + system + irq + softirq) / ticks_per_second,
                 steal / ticks_per_second)


def usage():
    text = _read("/proc/stat")
    if not text:
        return Usage(0, 0)
    return parse_stat(text, os.sysconf("SC_CLK_TCK"))


def load():
    return os.getloadavg()[0]


# What one run of one binary met with: shares of all cores' time.
Disturbance = collections.namedtuple("Disturbance", "foreign steal")


def disturbance(before, after, own_seconds, wall_seconds, cores):
    """Shares of the machine that others took, or the host kept back."""
    room = max(wall_seconds * cores, 1e-9)
    foreign = (after.busy - before.busy - own_seconds) / room
    # Counted in hundredths of a second: a little below zero is none.
    return Disturbance(max(foreign, 0), max((after.steal - before.steal) / room,
                                            0))
