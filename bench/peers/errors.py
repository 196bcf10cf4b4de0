"""How exact each stage is, beside other frameworks: a map of errors.

    python3 bench/peers/errors.py           # some minutes the first time, then one
    python3 bench/peers/errors.py --save    # writes bench/data/errors.json

Needs what race.py needs. Every contestant computes the loss and the gradient of the same
rows, each row a batch of its own:

- two classes, the right one ahead by a margin of 0 to 100, under a common offset of 0 to 1e8;
- normal logits (deviation 3) of 2 to 2^20 classes.

Errors are against float64, which holds such rows to 1e-15:

- in ulp, the distance from one float32 to the next at the exact value: of the loss, and of
  the worst entry of the gradient;
- backward, of the loss: by how many ulp each logit would have to move for the result to be
  exact. A logit below 1 moves by the ulp of 1, since a logit of 0 has none of its own. Where
  no finite logits give that result, as none give a loss of 0, null stands for it.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from contestants import in_environment, names, program, save

STAGES = ["scalar_rows", "vectorized_rows", "batched_rows"]
MARGINS = range(101)
OFFSETS = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
CLASSES = [2**k for k in range(1, 21)]
LOGITS_PER_SIZE = 2**22


def grid():
    """Rows of two classes: offset by offset, all margins."""
    rows = [[offset + margin, offset] for offset in OFFSETS for margin in MARGINS]
    z = np.array(rows, np.float64).astype(np.float32)
    return z, np.zeros(len(z), np.int64)


def normal_rows(classes):
    random = np.random.default_rng(1)
    rows = min(256, LOGITS_PER_SIZE // classes)
    z = 3 * random.standard_normal((rows, classes), dtype=np.float32)
    return z, random.integers(0, classes, rows)


def exact(z, labels):
    """Loss and gradient of each row, in float64, with the max left out of the sum."""
    z = z.astype(np.float64)
    each = np.arange(len(z))
    top = z.argmax(1)
    e = np.exp(z - z[each, top][:, None])
    e[each, top] = 0
    rest = e.sum(1)
    losses = np.log1p(rest) + (z[each, top] - z[each, labels])
    e[each, top] = 1
    grads = e / (1 + rest)[:, None]
    of_others = np.where(labels == top, rest, 1 + rest - e[each, labels])
    grads[each, labels] = -of_others / (1 + rest)
    return losses, grads


def ulp(x):
    return np.spacing(np.abs(x).astype(np.float32)).astype(np.float64)


def in_ulp(got, exact):
    return np.abs(got.astype(np.float64) - exact) / ulp(exact)


def backward(got, exact, z, grads):
    """By how many ulp each logit would have to move for the loss to be exact.

    With two classes the loss says which margin it is the loss of. With more, the slopes
    say how far the loss moves when each logit does by an ulp, to first order.
    """
    got = got.astype(np.float64)
    moves = ulp(np.maximum(np.abs(z), 1))
    if z.shape[1] > 2:
        return np.abs(got - exact) / (np.abs(grads) * moves).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = [-np.log(np.expm1(loss)) for loss in (got, exact)]
        return np.abs(margin[0] - margin[1]) / moves.sum(1)


def results(name, folder, z, labels):
    z.tofile(folder / "logits")
    labels.tofile(folder / "labels")
    rows, classes = z.shape
    command = [*program(name, "rows"), folder, str(rows), str(classes)]
    subprocess.run(command, check=True)
    losses = np.fromfile(folder / f"{name}.losses", np.float32)
    grads = np.fromfile(folder / f"{name}.grad", np.float32).reshape(z.shape)
    return losses, grads


def measure(name, folder, z, labels):
    losses, grads = results(name, folder, z, labels)
    exact_losses, exact_grads = exact(z, labels)
    return (
        in_ulp(losses, exact_losses),
        in_ulp(grads, exact_grads).max(1),
        backward(losses, exact_losses, z, exact_grads),
    )


def worst(errors):
    return finite([errors.max()])[0]


def finite(errors):
    """Numbers as JSON has them."""
    return [float(f"{error:.4g}") if np.isfinite(error) else None for error in errors]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", action="store_true", help="write bench/data/errors.json")
    arguments = parser.parse_args()
    in_environment(__file__)
    global np
    import numpy as np

    report = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in STAGES + names("rows"):
            kinds = ["loss", "gradient", "backward"]
            on_grid = dict(zip(kinds, measure(name, folder, *grid())))
            rows = {kind: list(errors.reshape(len(OFFSETS), -1)) for kind, errors in on_grid.items()}
            of_classes = [measure(name, folder, *normal_rows(classes)) for classes in CLASSES]
            entry = {"name": name.removesuffix("_rows")}
            entry["grid"] = {kind: [finite(r) for r in of] for kind, of in rows.items()}
            entry["classes"] = {
                kind: [worst(errors[i]) for errors in of_classes] for i, kind in enumerate(kinds)
            }
            report.append(entry)
            at = {margin: finite([on_grid["loss"][margin]])[0] for margin in (5, 15, 17, 20, 80)}
            print(f"{entry['name']:12} ulp of the loss at a margin of", end=" ")
            print(", ".join(f"{margin}: {error:.3g}" for margin, error in at.items()), end="; ")
            print(f"of 2^20 classes: {entry['classes']['loss'][-1]:.3g}", flush=True)
    if arguments.save:
        axes = {"margins": list(MARGINS), "offsets": OFFSETS, "classes": CLASSES}
        save("errors", axes | {"contestants": report})


if __name__ == "__main__":
    main()
