"""The original's side of a paired comparison: see lime-tabular/benches/worker.rs, which does the same workloads.

usage: worker.py WORKLOAD SAMPLES < lines
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
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_breast_cancer

workload, samples = sys.argv[1], int(sys.argv[2])
data = load_breast_cancer().data
slopes = np.sin(np.arange(30.0))
in_model = 0.0


def model(rows):
    global in_model
    start = time.perf_counter()
    answer = rows @ slopes
    in_model += time.perf_counter() - start
    return answer


explainer = LimeTabularExplainer(
    data,
    mode="regression",
    discretize_continuous=workload != "gaussian",
    feature_selection="forward_selection" if workload == "forward" else "none",
    random_state=0,
)
for _ in sys.stdin:
    in_model = 0.0
    start = time.perf_counter()
    explainer.explain_instance(data[0], model, num_features=6 if workload == "forward" else 30, num_samples=samples)
    print(f"{(time.perf_counter() - start - in_model) * 1e3:.6f}", flush=True)
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} kB", flush=True)
