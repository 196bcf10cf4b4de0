"""Who takes part, and how to start them: shared by the programs beside it."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = HERE / ".venv" / "bin" / "python"
OURS = ROOT / "target" / "release" / "contestant"
RUST = HERE / "rust" / "target" / "release" / "peers"


def in_environment(script):
    """Goes on in the virtual environment, made if it is not there."""
    if sys.prefix == str(HERE / ".venv"):
        return
    install_packages()
    os.execv(PYTHON, [PYTHON, script, *sys.argv[1:]])


def install_packages():
    if PYTHON.exists():
        return
    print("installing PyTorch and JAX into bench/peers/.venv", flush=True)
    requirements = HERE / "requirements.txt"
    environment = [sys.executable, "-m", "venv", HERE / ".venv"]
    packages = [PYTHON, "-m", "pip", "install", "-q", "-r", requirements]
    for command, failed in [
        (environment, "python3 -m venv failed: this needs Python with venv and pip"),
        (packages, f"pip could not install {requirements.read_text().split()}"),
    ]:
        if subprocess.run(command).returncode != 0:
            shutil.rmtree(HERE / ".venv", ignore_errors=True)
            sys.exit(failed)


def cargo(folder, *arguments):
    command = ["cargo", "build", "--release", "--locked", "-q", *arguments]
    subprocess.run(command, cwd=folder, check=True)


def build_stages():
    cargo(ROOT, "-p", "bench", "--bin", "contestant")


def build_c():
    """Whether there is a C rival."""
    compiler = shutil.which("gcc")
    if compiler is None:
        print("no gcc, so no C rival: install gcc with OpenMP to have it", flush=True)
        return False
    flags = "-O3 -march=native -ffast-math -fopenmp -shared -fPIC".split()
    if platform.machine() == "x86_64":
        # Else gcc takes registers of 256 bits on processors that have 512, and is slower.
        flags.append("-mprefer-vector-width=512")
    rival = [HERE / "rival.c", "-o", HERE / "rival.so", "-lm"]
    subprocess.run([compiler, *flags, *rival], check=True)
    return True


def build_rust():
    """Whether burn and candle are there."""
    try:
        print("building burn and candle, some minutes the first time", flush=True)
        cargo(HERE / "rust")
    except subprocess.CalledProcessError:
        print("burn and candle did not build, and are left out: see above", flush=True)
        return False
    return True


def of_course(name):
    """Whether a contestant is a stage of the course, or the copy beside them."""
    return name.split("_")[0] in ("scalar", "vectorized", "batched", "copy")


def program(name, mode):
    """The start of a command line for a contestant."""
    if of_course(name):
        return [OURS, mode, name]
    if name.split("_")[0] in ("burn", "candle"):
        return [RUST, mode, name]
    return [PYTHON, HERE / "peers.py", mode, name]


def names(mode):
    """All contestants but those of the course; builds whatever has to be built."""
    build_stages()
    command = [PYTHON, HERE / "peers.py", "list", mode]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    python = listed.stdout.split()
    if not build_c():
        python = [name for name in python if not name.startswith("c_")]
    rust = {"rows": ["burn_rows", "candle_rows"]}.get(
        mode, ["burn_gradient", "burn_forward", "candle_gradient", "candle_forward"]
    )
    return python + (rust if build_rust() else [])


def save(name, report):
    """Writes bench/data/NAME.json, with what it was measured on."""
    script, *arguments = sys.argv
    command = " ".join(["python3 bench/peers/" + Path(script).name, *arguments])
    report = {"command": command} | about() | report
    path = ROOT / "bench" / "data" / f"{name}.json"
    text = json.dumps(report, indent=1)
    # Lists of numbers on a line each.
    text = re.sub(r"\[[^\[\]{}]*\]", lambda list: " ".join(list[0].split()), text)
    path.write_text(text + "\n")
    print(f"saved to {path.relative_to(ROOT)}")


def about():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "?")
    requirements = (HERE / "requirements.txt").read_text().split()
    lock = (HERE / "rust" / "Cargo.lock").read_text().split("[[package]]")
    crates = {part.split('"')[1]: part.split('"')[3] for part in lock[1:]}
    rust = [f"{name}=={crates[name]}" for name in ("burn", "candle-core")]
    compilers = [version_of(name) for name in ("rustc", "gcc") if shutil.which(name)]
    return {
        "date": date.today().isoformat(),
        "machine": model,
        "threads": os.cpu_count(),
        "versions": requirements + rust + compilers,
    }


def version_of(compiler):
    run = subprocess.run([compiler, "--version"], capture_output=True, text=True)
    return run.stdout.splitlines()[0]
