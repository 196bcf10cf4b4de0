"""Races the course's last stage against other frameworks, in turn, and writes a table.

    python3 bench/peers/race.py                      # about a quarter of an hour
    python3 bench/peers/race.py --rounds 3 65536x10  # fewer rounds, one shape

Needs cargo, and the packages of requirements.txt, which it installs into bench/peers/.venv,
several gigabytes; a C compiler for the C rival, which is left out without one, as are burn
and candle if they do not build.

Every contestant is a process of its own, that has warmed up and whose loss and gradient
have been compared with those of float64. They take turns. Two columns:

- as users call it: fresh memory for every result, and the pages that the system gives;
- the same contract: large pages for all, and an allocator that keeps its memory, so that
  what returns a fresh array need not ask the system for it. (The course's stage writes to a
  buffer that it is given, and for it the allocator is left as it is.)

Each time is the median over the rounds; each ratio the median of the ratios in a round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contestants import in_environment, names, of_course, program, save

SHAPES = ["65536x10", "4096x1000", "512x32000", "256x128256", "2048x32000"]
OURS = ["batched_gradient", "batched_forward"]
LARGE_PAGES = "glibc.malloc.hugetlb=1"
KEPT_MEMORY = (
    ":glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=4294967296"
    ":glibc.malloc.top_pad=268435456"
)
COLUMNS = ["as users call it", "same contract"]
TURN = 0.05  # seconds
# Threads that have done their work spin on for up to 0.2 s, waiting for more, and would take
# a core from whoever comes next.
PAUSE = 0.3  # seconds


class Contestant:
    def __init__(self, name, folder, shape, column, threads=None):
        self.name, self.seconds, self.faults = name, [], []
        environment = dict(os.environ)
        if threads:
            environment |= dict.fromkeys(["RAYON_NUM_THREADS", "OMP_NUM_THREADS"], str(threads))
        if column == "same contract":
            kept = "" if of_course(name) else KEPT_MEMORY
            environment["GLIBC_TUNABLES"] = LARGE_PAGES + kept
        self.process = subprocess.Popen(
            [*program(name, "race"), folder, *map(str, shape)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{name} failed:\n{self.process.stderr.read()}")
        self.errors = self.checked(float(line), folder, shape)
        self.runs = 1
        for _ in range(3):
            self.runs = max(1, round(TURN / self.turn()[0]))

    def checked(self, loss, folder, shape):
        """The errors of loss and gradient, relative to those of float64, if they are small."""
        import numpy as np

        if self.name.startswith("copy"):
            return {}
        exact_loss, exact_grad = (np.load(folder / f"exact_{of}.npy") for of in ("loss", "grad"))
        errors = {"error of loss": abs(loss / float(exact_loss) - 1)}
        close = errors["error of loss"] < 1e-4
        if self.name.endswith("gradient"):
            grad = np.fromfile(folder / f"{self.name}.grad", np.float32).reshape(shape)
            errors["error of gradient"] = float(np.abs(grad / exact_grad - 1).max())
            # Near its label most frameworks round a gradient to an ulp of 1, divided by the rows.
            close = close and np.allclose(grad, exact_grad, rtol=1e-3, atol=1e-6 / shape[0])
        if not close:
            sys.exit(f"{self.name} is wrong, and is not timed: {errors}")
        return errors

    def turn(self):
        self.process.stdin.write(f"{self.runs}\n")
        self.process.stdin.flush()
        seconds, faults = self.process.stdout.readline().split()
        return float(seconds) / self.runs, int(faults) // self.runs

    def time(self, pause=PAUSE):
        time.sleep(pause)
        self.turn()  # wakes threads, warms caches and the processor
        seconds, faults = self.turn()
        self.seconds.append(seconds)
        self.faults.append(faults)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def race(shape, names, column, folder, rounds):
    contestants = [Contestant(name, folder, shape, column) for name in names]
    for _ in range(rounds):
        for contestant in contestants:
            contestant.time()
    ours = contestants[0]
    results = []
    for contestant in contestants:
        contestant.stop()
        result = {
            "name": contestant.name,
            "milliseconds": 1e3 * statistics.median(contestant.seconds),
            "times ours": statistics.median(ratios := of_ours(contestant, ours)),
            "from": min(ratios),
            "to": max(ratios),
            "page faults": contestant.faults[-1],
        }
        results.append(result | contestant.errors)
    return results


def of_ours(contestant, ours):
    return [theirs / own for theirs, own in zip(contestant.seconds, ours.seconds)]


def make_batch(folder, rows, classes):
    """Writes logits and labels, and their exact loss and gradient."""
    import numpy as np

    random = np.random.default_rng(1)
    z = 3 * random.standard_normal((rows, classes), dtype=np.float32)
    labels = random.integers(0, classes, rows)
    z.tofile(folder / "logits")
    labels.astype(np.int64).tofile(folder / "labels")
    each = np.arange(rows)
    p = np.exp(z.astype(np.float64) - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    np.save(folder / "exact_loss.npy", -np.log(p[each, labels]).mean())
    p[each, labels] -= 1
    p /= rows
    np.save(folder / "exact_grad.npy", p)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shapes", nargs="*", default=SHAPES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write bench/data/peers.json")
    arguments = parser.parse_args()
    in_environment(__file__)
    all_names = OURS + names("race")
    report = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for shape in arguments.shapes:
            rows, classes = map(int, shape.split("x"))
            make_batch(folder, rows, classes)
            for column in COLUMNS:
                for kind in ("gradient", "forward"):
                    racing = [name for name in all_names if name.endswith(kind)]
                    results = race((rows, classes), racing, column, folder, arguments.rounds)
                    report.append(
                        {"shape": shape, "column": column, "kind": kind, "results": results}
                    )
                    print(f"\n{shape}, {kind}, {column}", flush=True)
                    for result in results:
                        numbers = [
                            f"{key} {value:.3g}" for key, value in result.items() if key != "name"
                        ]
                        print(f"  {result['name']:28}", ", ".join(numbers), flush=True)
    if arguments.save:
        save("peers", {"rounds": arguments.rounds, "races": report})


if __name__ == "__main__":
    main()
