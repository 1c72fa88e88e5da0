"""Measuring whole processes: wall and CPU seconds, peak memory, CPU seconds of the servers that they talk to; medians; tables."""
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")

# A child's peak begins with the memory of the process that it was forked from: commands are started by a small one.
LAUNCHER = """
import os, sys, time
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def _stat(pid):
    """Parent, own CPU ticks, ticks of children that ended; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            words = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(words[1]), int(words[11]) + int(words[12]), int(words[13]) + int(words[14])


def server_seconds(pid):
    """CPU seconds of a server with all the processes that it started, also those that ended."""
    if pid is None:
        return 0.0
    stats = {int(p): s for p in os.listdir("/proc") if p.isdigit() and (s := _stat(p))}
    family, ticks = {pid}, sum(stats[pid][1:])
    for child in sorted(stats):  # children have higher numbers than their parents, as long as numbers do not wrap
        if stats[child][0] in family and child != pid:
            family.add(child)
            ticks += sum(stats[child][1:])
    return ticks / TICKS


def measure(command, server=None, env=None):
    """Wall and CPU seconds, peak memory in MB of one whole process; CPU seconds of the server meanwhile."""
    before = server_seconds(server)
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *map(str, command)], capture_output=True, text=True,
                          env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise SystemExit(f"{command} failed: {done.stderr[-500:]}")
    return (*(float(x) for x in done.stdout.split()), server_seconds(server) - before)


def in_folder(command, folder):
    """WORK in a command becomes an empty folder."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    return [str(c).replace("WORK", str(work)) for c in command]


def paired(commands, runs, folder, server=None, once=(), before=None, env=None):
    """Each command in turn, `runs` times (those in `once` one time); the median of each figure. before: called before each."""
    figures = {name: [] for name in commands}
    for i in range(runs):
        for name, command in commands.items():
            if i == 0 or name not in once:
                if before:
                    before()
                figures[name].append(measure(in_folder(command, folder), server, env))
    return {name: [statistics.median(column) for column in zip(*found)] for name, found in figures.items()}


def report(title, figures):
    """A section of docs/benchmarks.md."""
    base = figures["sluice"][0]
    served = any(f[3] > 0 for f in figures.values())
    lines = [f"\n## {title}\n", "| | seconds | times sluice | CPU s | " + ("server's CPU s | " if served else "") + "peak MB |",
             "| --- | ---: | ---: | ---: | ---: |" + (" ---: |" if served else "")]
    for name, (wall, cpu, memory, server) in figures.items():
        theirs = f" {server:.2f} |" if served else ""
        lines.append(f"| {name} | {wall:.2f} | {wall / base:.2f} | {cpu:.2f} |{theirs} {memory:.0f} |")
    return "\n".join(lines)
