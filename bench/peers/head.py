"""The last layer of a language model with its loss: time and memory, over the rows.

    python3 bench/peers/head.py           # some minutes
    python3 bench/peers/head.py --save    # writes bench/data/head.json

Loss and both gradients of a linear layer, hidden rows of 1024 numbers and 32000 classes. Each
line is a process of its own. Extra memory is what goes beyond inputs and gradients, by the
peak resident size that Linux reports. Next to each time stands the time of the three matrix
products alone, by the library that the contestant uses: no schedule can do without them.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time

from contestants import HERE, PYTHON, ROOT, cargo, in_environment, save

DEPTH, CLASSES = 1024, 32000
ROWS = [256, 1024, 4096]
ROUNDS = 5
OURS = {"batched, by rows": "rows", "batched, by vocabulary": "vocabulary"}
# The three products alone, by the library of stage 3 and by PyTorch's.
PRODUCTS = "products of batched"
PRODUCTS_OF_TORCH = "products of PyTorch"
# The options of PyTorch's linear_cross_entropy. Without any it makes all logits at once; with
# default options it chooses how many rows are a chunk.
LINEAR = {
    "PyTorch, linear_cross_entropy": None,
    "PyTorch, LinearCrossEntropyOptions()": {},
    "PyTorch, chunks of 256 rows": {"batch_chunk_size": 256},
    "PyTorch, chunks of 512 rows": {"batch_chunk_size": 512},
    "PyTorch, chunks of 1024 rows": {"batch_chunk_size": 1024},
}
WAYS = [*OURS, "PyTorch, eager", "PyTorch, compiled", *LINEAR]


def torch_loss(way, hidden, weights, labels):
    """The loss of a way as a function without arguments."""
    import torch
    import torch.nn.functional as F

    def eager():
        return F.cross_entropy(hidden @ weights.T, labels)

    if way in LINEAR:
        options = LINEAR[way]
        if options is not None:
            options = torch.nn.LinearCrossEntropyOptions(**options)
        return lambda: F.linear_cross_entropy(hidden, weights, labels, options=options)
    return torch.compile(eager) if way == "PyTorch, compiled" else eager


def kib_of(what):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what))


def measure_torch(way, rows):
    import torch

    torch.manual_seed(1)
    hidden = torch.randn(rows, DEPTH, requires_grad=True)
    weights = (torch.randn(CLASSES, DEPTH) * 3 / DEPTH**0.5).requires_grad_()
    labels = torch.randint(CLASSES, (rows,))

    def step(loss):
        hidden.grad = weights.grad = None
        loss().backward()

    if way == PRODUCTS_OF_TORCH:
        grad = torch.randn(rows, CLASSES)

        def run():
            with torch.no_grad():
                hidden @ weights.T, grad @ weights, grad.T @ hidden

    else:
        loss = torch_loss(way, hidden, weights, labels)

        def run():
            step(loss)

    # Loads what the library loads at its first call.
    torch.nn.functional.cross_entropy(hidden[:2] @ weights[:9].T, labels[:2] % 9).backward()
    hidden.grad = weights.grad = None
    before = kib_of("VmRSS:")
    run()
    gradients = 4 * (hidden.numel() + weights.numel()) / 1024
    extra = (kib_of("VmHWM:") - before - gradients) / 1024
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(f"{1e3 * statistics.median(seconds):.0f} {extra:.1f}")


def measure(name, rows):
    """Milliseconds and MiB of a contestant, in a process of its own."""
    schedule = (OURS | {PRODUCTS: "products"}).get(name)
    if schedule:
        program = ROOT / "target" / "release" / "head"
        command = [program, str(rows), str(DEPTH), str(CLASSES), schedule]
    else:
        command = [PYTHON, HERE / "head.py", "--torch", name, str(rows)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    *_, milliseconds, extra = re.findall(r"[-\d.]+", printed)
    return float(milliseconds), float(extra)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", action="store_true", help="write bench/data/head.json")
    parser.add_argument("--torch", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch:
        way, rows = arguments.torch
        return measure_torch(way, int(rows))
    in_environment(__file__)
    cargo(ROOT, "-p", "bench", "--features", "head", "--bin", "head")
    report = []
    for rows in ROWS:
        print(f"\n{rows} x {DEPTH} x {CLASSES}")
        products = {}
        for name in [PRODUCTS, PRODUCTS_OF_TORCH, *WAYS]:
            milliseconds, extra = measure(name, rows)
            print(f"  {name:36} {milliseconds:6.0f} ms {extra:8.1f} MiB", flush=True)
            if name not in WAYS:
                products[name] = milliseconds
                continue
            own = products[PRODUCTS if name in OURS else PRODUCTS_OF_TORCH]
            result = {"rows": rows, "name": name, "milliseconds": milliseconds}
            report.append(result | {"extra MiB": extra, "products": own})
    if arguments.save:
        save("head", {"depth": DEPTH, "classes": CLASSES, "results": report})


if __name__ == "__main__":
    sys.exit(main())
