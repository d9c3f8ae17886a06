"""The original's side of a paired comparison: see lime-text/benches/worker.rs, which does the same workloads.

usage: worker_text.py WORKLOAD SAMPLES < lines
"""
import os
import resource
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
warnings.filterwarnings("ignore")

import numpy as np
from lime.lime_text import LimeTextExplainer

workload, samples = sys.argv[1], int(sys.argv[2])
words, distinct, bow = {
    "text-60": (60, 60, True),
    "text-400": (400, 240, True),
    "text-positions": (443, 240, False),
}[workload]
word = [i if i < distinct else i * i % distinct for i in range(words)]
text = "".join(f"word{word[i]}{'. ' if i % 12 == 11 else ' '}" for i in range(words))
in_model = 0.0


def model(texts):
    global in_model
    start = time.perf_counter()
    length = np.array([len(text) for text in texts], dtype=float)
    answer = np.column_stack((length, length))
    in_model += time.perf_counter() - start
    return answer


explainer = LimeTextExplainer(bow=bow, random_state=0)
for _ in sys.stdin:
    in_model = 0.0
    start = time.perf_counter()
    explainer.explain_instance(text, model, num_samples=samples)
    print(f"{(time.perf_counter() - start - in_model) * 1e3:.6f}", flush=True)
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} kB", flush=True)
