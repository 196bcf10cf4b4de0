"""Races the course's stages against their fastest rivals at every number of classes.

    python3 bench/peers/sweep.py                     # about eight minutes
    python3 bench/peers/sweep.py --rounds 3 48 1000  # fewer rounds, two sizes
    python3 bench/peers/sweep.py --save              # writes bench/data/sweep.json

It's the race of race.py under the same contract, with about two million logits at each size,
and without the contestants that compile for minutes or are never near the front. `batched` has
all threads, as its rivals; `vectorized` has one, as the program in C that it's compared with.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

from contestants import build_c, build_stages, in_environment, save
from race import Contestant, make_batch, of_ours

LOGITS = 2**21
CLASSES = [2, 3, 5, 10, 20, 33, 48, 64, 96, 97, 128, 200, 256, 400, 512, 1000, 2000, 4000]
CLASSES += [8000, 16000, 32000, 64000, 128256]
# A stage of the course first, its rivals behind it.
ALL = os.cpu_count()
RACES = {
    ("gradient", ALL): ["batched", "c", "torch_out", "jax_handwritten", "copy"],
    ("forward", ALL): ["batched", "c", "jax"],
    ("gradient", 1): ["vectorized", "c", "copy"],
    ("forward", 1): ["vectorized", "c"],
}
# How many times as long as ours the fastest rival should take, at the least.
WANTED = {"gradient": 1.15, "forward": 1.3}
# None of these contestants spins longer than that after its work.
PAUSE = 0.05  # seconds


def race(classes, rounds, folder):
    shape = LOGITS // classes, classes
    make_batch(folder, *shape)
    lanes = {
        (kind, threads): [
            Contestant(f"{name}_{kind}", folder, shape, "same contract", threads) for name in names
        ]
        for (kind, threads), names in RACES.items()
    }
    for _ in range(rounds):
        for contestants in lanes.values():
            for contestant in contestants:
                contestant.time(PAUSE)
    results = []
    for (kind, threads), contestants in lanes.items():
        for name, contestant in zip(RACES[kind, threads], contestants):
            contestant.stop()
            seconds = statistics.median(contestant.seconds)
            ratios = of_ours(contestant, contestants[0])
            result = {"name": name, "kind": kind, "threads": threads}
            result["ns per logit"] = 1e9 * seconds / math.prod(shape)
            results.append(result | {"times ours": statistics.median(ratios)})
    return {"classes": classes, "rows": shape[0], "results": results}


def leads(size):
    """How many times as long as ours the fastest rival takes, in each of the races."""
    for kind, threads in RACES:
        rivals = [
            result["times ours"]
            for result in size["results"]
            if (result["kind"], result["threads"]) == (kind, threads)
            and result["name"] not in ("batched", "vectorized", "copy")
        ]
        yield min(rivals)


def cells(first, numbers):
    """A line of the table; numbers below the wanted ones are bold."""
    wanted = [WANTED[kind] for kind, _ in RACES]
    bold = [f"{x:.2f}" if x >= least else f"**{x:.2f}**" for x, least in zip(numbers, wanted)]
    return [str(first), *bold]


def table(sizes):
    all_leads = [list(leads(size)) for size in sizes]
    columns = ["classes"] + [
        f"{'loss and gradient' if kind == 'gradient' else 'loss alone'}, {of}"
        for (kind, _), of in zip(RACES, ["batched"] * 2 + ["vectorized"] * 2)
    ]
    means = [statistics.geometric_mean(column) for column in zip(*all_leads)]
    rows = [cells("wanted, at least", [WANTED[kind] for kind, _ in RACES])]
    rows += [cells(size["classes"], numbers) for size, numbers in zip(sizes, all_leads)]
    return {"columns": columns, "rows": [*rows, cells("geometric mean", means)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classes", nargs="*", type=int, default=CLASSES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write bench/data/sweep.json")
    arguments = parser.parse_args()
    in_environment(__file__)
    build_stages()
    if not build_c():
        sys.exit("without its strongest rival the race isn't one")
    sizes = []
    for classes in arguments.classes:
        with tempfile.TemporaryDirectory() as folder:
            sizes.append(race(classes, arguments.rounds, Path(folder)))
        print(f"\n{classes} classes, {sizes[-1]['rows']} rows", flush=True)
        for result in sizes[-1]["results"]:
            name, kind, threads, nanoseconds, ratio = result.values()
            threads = f"{threads} thread{'s' * (threads > 1)}"
            times = f"{nanoseconds:.3f} ns per logit, {ratio:.2f} times ours"
            print(f"  {name:16} {kind:9} {threads:10} {times}", flush=True)
    for line in table(sizes)["rows"]:
        print(*(f"{cell:>18}" for cell in line))
    if arguments.save:
        report = {"rounds": arguments.rounds, "logits": LOGITS, "sizes": sizes}
        save("sweep", report | table(sizes))


if __name__ == "__main__":
    main()
