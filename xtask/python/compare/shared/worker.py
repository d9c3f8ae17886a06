"""The other side of a paired comparison (`cargo xtask compare`), which all scripts share: a line of standard input in, the
milliseconds of one run out, the model's own time taken out. The first line says what runs, the last is the peak of resident
memory.

usage of each script: SCRIPT WORK SAMPLES THREADS < lines
"""
import os
import resource
import sys
import time
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
work, samples, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# What libraries print would be taken for an answer.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def failed(kind, error, trace):
    print("error", f"{kind.__name__}: {error}".replace("\n", " "), file=answers)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = failed
in_model = 0.0


def model(answer):
    """The model's own function, whose time does not count."""

    def timed(inputs):
        global in_model
        start = time.perf_counter()
        output = answer(inputs)
        in_model += time.perf_counter() - start
        return output

    return timed


def serve(run, *packages):
    """Runs once for every line."""
    global in_model
    print(", ".join(f"{package} {version(package)}" for package in packages), file=answers)
    for _ in sys.stdin:
        in_model = 0.0
        start = time.perf_counter()
        run()
        print(f"{(time.perf_counter() - start - in_model) * 1e3:.6f}", file=answers)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} kB", file=answers)
