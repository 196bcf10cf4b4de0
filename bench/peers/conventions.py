"""The same call elsewhere: what each library takes, and what it makes of five cases.

    python3 bench/peers/conventions.py           # prints the table
    python3 bench/peers/conventions.py --save    # writes bench/data/conventions.json

Needs what race.py needs, Keras and ONNX Runtime. Each answer is found by calling the library
on a case whose loss is known for every convention; one that is none of them is an error.
"""

import argparse
import json
import os
import subprocess

from contestants import RUST, build_rust, in_environment, save

INF = float("inf")
QUARTERS = [0.0, 1.0986122886681098]

# What a case returns under each convention, to four digits.
CASES = {
    "mean of weighted labels": {0.5623: "sum of weights", 1.1247: "rows"},
    "mean with an ignored row": {0.6931: "kept rows", 0.3466: "all rows"},
    "smoothing by 0.1": {0.7244: "over all", 0.7619: "over the others"},
    "[20, 0]": {0.0: "0", 2.0612e-9: "2.06e-9"},
    "soft target, masked class": {0.5633: "0.5633", "nan": "NaN", "inf": "infinite"},
}


def answer(case, value):
    """What a value says about a convention."""
    if value is None:
        return "-"
    if value != value:
        value = "nan"
    for expected, meaning in CASES[case].items():
        if value == expected or (
            not isinstance(expected, str)
            and not isinstance(value, str)
            and abs(value - expected) <= 1e-4 * abs(expected)
        ):
            return meaning
    raise SystemExit(f"{case}: {value} is none of {CASES[case]}")


def torch_calls():
    import torch
    from torch import nn
    from torch.nn import functional as F

    t = torch.tensor

    def cross_entropy(z, y, **options):
        if "weight" in options:
            options["weight"] = t(options["weight"])
        class_call = nn.CrossEntropyLoss(**options)(t(z), t(y))
        function = F.cross_entropy(t(z), t(y), **options)
        assert class_call.item() == function.item() or class_call.isnan()
        return function.item()

    def nll(z, y, **options):
        if "weight" in options:
            options["weight"] = t(options["weight"])
        return nn.NLLLoss(**options)(F.log_softmax(t(z), 1), t(y)).item()

    return {
        "PyTorch `nn.CrossEntropyLoss`, `F.cross_entropy`": {
            "takes": "logits",
            "mean of weighted labels": cross_entropy([QUARTERS] * 2, [0, 1], weight=[1.0, 3.0]),
            "mean with an ignored row": cross_entropy([[0.0, 0.0], [5.0, -5.0]], [0, -100]),
            "smoothing by 0.1": cross_entropy([[2.0, 1.0, 0.0, -1.0, 0.5]], [0], label_smoothing=0.1),
            "[20, 0]": cross_entropy([[20.0, 0.0]], [0]),
            "soft target, masked class": cross_entropy([[1.0, 2.0, -INF]], [[0.25, 0.75, 0.0]]),
        },
        "PyTorch `nn.NLLLoss`": {
            "takes": "log-probabilities",
            "mean of weighted labels": nll([QUARTERS] * 2, [0, 1], weight=[1.0, 3.0]),
            "mean with an ignored row": nll([[0.0, 0.0], [5.0, -5.0]], [0, -100]),
            "smoothing by 0.1": None,
            "[20, 0]": nll([[20.0, 0.0]], [0]),
            "soft target, masked class": None,
        },
    }


def keras_calls():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    import numpy as np

    # The names are long, and the options are those of the classes.
    sparse = keras.losses.SparseCategoricalCrossentropy
    soft = keras.losses.CategoricalCrossentropy
    f32 = lambda x: np.array(x, np.float32)
    weighted = sparse(from_logits=True)
    return {
        "Keras `…Crossentropy(from_logits=True)`": {
            "takes": "logits, if told so",
            "mean of weighted labels": float(
                weighted(np.array([0, 1]), f32([QUARTERS] * 2), sample_weight=f32([1.0, 3.0]))
            ),
            "mean with an ignored row": float(
                sparse(from_logits=True, ignore_class=1)(
                    np.array([0, 1]), f32([[0.0, 0.0], [5.0, -5.0]])
                )
            ),
            "smoothing by 0.1": float(
                soft(from_logits=True, label_smoothing=0.1)(
                    f32([[1, 0, 0, 0, 0]]), f32([[2.0, 1.0, 0.0, -1.0, 0.5]])
                )
            ),
            "[20, 0]": float(sparse(from_logits=True)(np.array([0]), f32([[20.0, 0.0]]))),
            "soft target, masked class": float(
                soft(from_logits=True)(f32([[0.25, 0.75, 0.0]]), f32([[1.0, 2.0, -INF]]))
            ),
        }
    }


def optax_calls():
    import jax.numpy as jnp
    import optax

    labels = lambda z, y: float(
        optax.softmax_cross_entropy_with_integer_labels(jnp.array(z), jnp.array(y)).mean()
    )
    soft = lambda z, q: float(optax.softmax_cross_entropy(jnp.array(z), jnp.array(q)).mean())
    smoothed = optax.smooth_labels(jnp.eye(5)[:1], 0.1)
    return {
        "optax `softmax_cross_entropy…`": {
            "takes": "logits; a loss a row",
            "mean of weighted labels": None,
            "mean with an ignored row": None,
            "smoothing by 0.1": soft([[2.0, 1.0, 0.0, -1.0, 0.5]], smoothed),
            "[20, 0]": labels([[20.0, 0.0]], [0]),
            "soft target, masked class": soft([[1.0, 2.0, -INF]], [[0.25, 0.75, 0.0]]),
        }
    }


def onnx_calls():
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper

    def loss(z, y, weights=None, **options):
        z, y = np.array(z, np.float32), np.array(y, np.int64)
        inputs = {"z": z, "y": y} | ({} if weights is None else {"w": np.array(weights, np.float32)})
        node = helper.make_node("SoftmaxCrossEntropyLoss", list(inputs), ["loss"], **options)
        types = {"z": TensorProto.FLOAT, "y": TensorProto.INT64, "w": TensorProto.FLOAT}
        infos = [helper.make_tensor_value_info(n, types[n], x.shape) for n, x in inputs.items()]
        out = helper.make_tensor_value_info("loss", TensorProto.FLOAT, [])
        graph = helper.make_graph([node], "loss", infos, [out])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        return float(session.run(None, inputs)[0])

    return {
        "ONNX `SoftmaxCrossEntropyLoss`": {
            "takes": "logits",
            "mean of weighted labels": loss([QUARTERS] * 2, [0, 1], [1.0, 3.0], reduction="mean"),
            "mean with an ignored row": loss(
                [[0.0, 0.0], [5.0, -5.0]], [0, -1], reduction="mean", ignore_index=-1
            ),
            "smoothing by 0.1": None,
            "[20, 0]": loss([[20.0, 0.0]], [0], reduction="mean"),
            "soft target, masked class": None,
        }
    }


def rust_calls():
    if not build_rust():
        return {}
    run = subprocess.run([RUST, "conventions"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--save", action="store_true", help="write bench/data/conventions.json")
    arguments = parser.parse_args()
    in_environment(__file__)

    columns = ["call", "takes", *CASES]
    rows = []
    calls = [torch_calls, keras_calls, optax_calls, onnx_calls, rust_calls]
    for name, values in (call for calls_of in calls for call in calls_of().items()):
        rows.append([name, values["takes"], *(answer(case, values[case]) for case in CASES)])
    for row in [columns, *rows]:
        print(" | ".join(row))
    if arguments.save:
        save("conventions", {"columns": columns, "rows": rows})


if __name__ == "__main__":
    main()
