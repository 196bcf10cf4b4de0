"""One contestant of the race, in a process of its own.

    python peers.py race CONTESTANT FOLDER ROWS CLASSES

reads FOLDER/logits (float32) and FOLDER/labels (int64), computes the mean loss and its
gradient once, and writes FOLDER/CONTESTANT.grad and prints the loss. Then, for every line
on standard input, a number of runs, it does so many and prints the seconds that they took
and the page faults that they caused.

Names end in what is computed: `forward` (the loss) or `gradient` (the loss and its
gradient). With `rows` for `race` it computes the loss and the gradient of each row by
itself, and writes FOLDER/CONTESTANT.losses, too. `python peers.py list race|rows` prints the
names.
"""

import ctypes
import os
import resource
import sys
import time

import numpy as np


def torch_tensors(z, labels, grad):
    import torch

    return tuple(torch.from_numpy(array) for array in (z, labels, grad))


def torch_eager_gradient(z, labels, grad):
    """As users call it: cross_entropy, and backward."""
    import torch.nn.functional as F

    z, labels, grad = torch_tensors(z, labels, grad)
    z.requires_grad_()

    def run(last=False):
        z.grad = None
        loss = F.cross_entropy(z, labels)
        loss.backward()
        if last:
            grad.copy_(z.grad)
        return loss.item()

    return run


def torch_eager_forward(z, labels, grad):
    import torch
    import torch.nn.functional as F

    z, labels, _ = torch_tensors(z, labels, grad)

    @torch.no_grad()
    def run(last=False):
        return F.cross_entropy(z, labels).item()

    return run


def torch_compiled_gradient(z, labels, grad):
    """The same, compiled."""
    import torch
    import torch.nn.functional as F

    z, labels, grad = torch_tensors(z, labels, grad)
    z.requires_grad_()
    cross_entropy = torch.compile(lambda z, labels: F.cross_entropy(z, labels))

    def run(last=False):
        z.grad = None
        loss = cross_entropy(z, labels)
        loss.backward()
        if last:
            grad.copy_(z.grad)
        return loss.item()

    return run


def torch_compiled_forward(z, labels, grad):
    import torch
    import torch.nn.functional as F

    z, labels, _ = torch_tensors(z, labels, grad)
    cross_entropy = torch.compile(lambda z, labels: F.cross_entropy(z, labels))

    @torch.no_grad()
    def run(last=False):
        return cross_entropy(z, labels).item()

    return run


def torch_handwritten_gradient(z, labels, grad):
    """Loss and gradient written by hand, compiled as one, into the caller's buffer."""
    import torch

    z, labels, grad = torch_tensors(z, labels, grad)
    rows, classes = z.shape

    @torch.compile
    def loss_and_grad(z, labels, grad):
        top = z.amax(1, keepdim=True)
        exp = (z - top).exp()
        sum = exp.sum(1, keepdim=True)
        of_label = torch.arange(classes) == labels[:, None]
        grad.copy_((exp / sum - of_label.float()) / rows)
        return (sum.log() + top - z.gather(1, labels[:, None])).mean()

    @torch.no_grad()
    def run(last=False):
        return loss_and_grad(z, labels, grad).item()

    return run


def torch_out_gradient(z, labels, grad):
    """`torch.softmax` into the caller's buffer, then the labels, then the mean."""
    import torch

    z, labels, grad = torch_tensors(z, labels, grad)
    rows, _ = z.shape
    at_labels, ones = labels[:, None], torch.full((rows, 1), -1.0)

    @torch.no_grad()
    def run(last=False):
        torch.softmax(z, 1, out=grad)
        loss = -grad.gather(1, at_labels).log().mean()
        grad.scatter_add_(1, at_labels, ones)
        grad.mul_(1 / rows)
        return loss.item()

    return run


def jax_run(loss_and_grad, z, labels, grad):
    import jax.numpy as jnp

    z, labels = jnp.asarray(z), jnp.asarray(labels)

    def run(last=False):
        loss, of_z = loss_and_grad(z, labels)
        of_z.block_until_ready()
        if last:
            grad[:] = np.asarray(of_z)
        return float(loss)

    return run


def jax_gradient(z, labels, grad):
    """`value_and_grad` of the loss, compiled."""
    import jax
    import jax.numpy as jnp

    rows, _ = z.shape

    def loss(z, labels):
        return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(rows), labels])

    return jax_run(jax.jit(jax.value_and_grad(loss)), z, labels, grad)


def jax_handwritten_gradient(z, labels, grad):
    """Loss and gradient written by hand, compiled as one."""
    import jax
    import jax.numpy as jnp

    rows, classes = z.shape

    @jax.jit
    def loss_and_grad(z, labels):
        top = z.max(1, keepdims=True)
        exp = jnp.exp(z - top)
        sum = exp.sum(1, keepdims=True)
        of_label = jnp.arange(classes)[None, :] == labels[:, None]
        grad = (exp / sum - of_label) / rows
        of_labels = jnp.take_along_axis(z, labels[:, None], 1)
        return (jnp.log(sum) + top - of_labels).mean(), grad

    return jax_run(loss_and_grad, z, labels, grad)


def jax_forward(z, labels, grad):
    import jax
    import jax.numpy as jnp

    rows, _ = z.shape

    @jax.jit
    def loss(z, labels):
        return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(rows), labels])

    z, labels = jnp.asarray(z), jnp.asarray(labels)
    return lambda last=False: float(loss(z, labels))


def c_function(name, *arrays):
    folder = os.path.dirname(os.path.abspath(__file__))
    function = ctypes.CDLL(os.path.join(folder, "rival.so"))[name]
    function.restype = ctypes.c_float
    z, labels, *grad = arrays
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (z, labels)]
    shape = [ctypes.c_int64(length) for length in z.shape]
    pointers_after = [ctypes.c_void_p(array.ctypes.data) for array in grad]
    return lambda last=False: function(*pointers, *shape, *pointers_after)


def c_gradient(z, labels, grad):
    """C with OpenMP and gcc's vector exponential."""
    return c_function("cross_entropy", z, labels, grad)


def c_forward(z, labels, grad):
    return c_function("loss", z, labels)


def torch_rows(z, labels):
    import torch
    import torch.nn.functional as F

    z, labels = torch.from_numpy(z).requires_grad_(), torch.from_numpy(labels)
    losses = F.cross_entropy(z, labels, reduction="none")
    losses.sum().backward()
    return losses.detach().numpy(), z.grad.numpy()


def optax_rows(z, labels):
    import jax
    import optax

    loss = optax.softmax_cross_entropy_with_integer_labels
    return jax.vmap(jax.value_and_grad(loss))(z, labels)


def c_rows(z, labels):
    losses, grads = np.empty(len(z), np.float32), np.empty_like(z)
    for i in range(len(z)):
        row = slice(i, i + 1)
        losses[i] = c_function("cross_entropy", z[row], labels[row], grads[row])()
    return losses, grads


ROWS = {function.__name__: function for function in (torch_rows, optax_rows, c_rows)}
CONTESTANTS = {
    function.__name__: function
    for function in (
        torch_eager_gradient,
        torch_eager_forward,
        torch_compiled_gradient,
        torch_compiled_forward,
        torch_handwritten_gradient,
        torch_out_gradient,
        jax_gradient,
        jax_handwritten_gradient,
        jax_forward,
        c_gradient,
        c_forward,
    )
}


def main():
    if sys.argv[1] == "list":
        print("\n".join(ROWS if sys.argv[2] == "rows" else CONTESTANTS))
        return
    mode, name, folder, rows, classes = sys.argv[1:]
    shape = int(rows), int(classes)
    z = np.fromfile(os.path.join(folder, "logits"), np.float32).reshape(shape)
    labels = np.fromfile(os.path.join(folder, "labels"), np.int64)
    if mode == "rows":
        losses, grads = ROWS[name](z, labels)
        np.asarray(losses).tofile(os.path.join(folder, name + ".losses"))
        np.asarray(grads).tofile(os.path.join(folder, name + ".grad"))
        return
    grad = np.zeros(shape, np.float32)
    run = CONTESTANTS[name](z, labels, grad)
    for _ in range(3):
        loss = run(last=True)
    grad.tofile(os.path.join(folder, name + ".grad"))
    print(loss, flush=True)
    for line in sys.stdin:
        runs = int(line)
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        start = time.perf_counter()
        for _ in range(runs):
            run()
        seconds = time.perf_counter() - start
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
        print(seconds, faults, flush=True)


if __name__ == "__main__":
    main()
