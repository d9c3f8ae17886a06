"""The original's and scikit-image's side of a paired comparison: see lime-image/benches/worker.rs, which does the same workloads.

usage: worker_image.py WORKLOAD SAMPLES < lines
"""
import os
import resource
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["TQDM_DISABLE"] = "1"
warnings.filterwarnings("ignore")

import numpy as np
from skimage import io, segmentation

SIDE = 299
workload, samples = sys.argv[1], int(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
photograph = io.imread(os.path.join(here, "../../../lime-image/tests/reference/coffee.png"))[:, :, :3]
rows = np.arange(SIDE) * photograph.shape[0] // SIDE
columns = np.arange(SIDE) * photograph.shape[1] // SIDE
picture = np.ascontiguousarray(photograph[rows][:, columns])
in_model = 0.0


def model(pictures):
    global in_model
    start = time.perf_counter()
    answer = np.asarray(pictures)[:, 0, 0, :1].astype(float)
    in_model += time.perf_counter() - start
    return answer


if workload.startswith("image"):
    from lime.lime_image import LimeImageExplainer

    if workload == "image-f32":
        picture = (picture / 255).astype(np.float32)
    y, x = np.mgrid[:SIDE, :SIDE]
    grid = y * 8 // SIDE * 7 + x * 7 // SIDE
    explainer = LimeImageExplainer(random_state=0, feature_selection="none")

    def run():
        explainer.explain_instance(
            picture, model, labels=(0,), top_labels=None, num_samples=samples, batch_size=10,
            segmentation_fn=lambda image: grid,
        )
else:
    run = {
        "quickshift": lambda: segmentation.quickshift(picture, kernel_size=4, max_dist=200, ratio=0.2, rng=42),
        "slic": lambda: segmentation.slic(picture, n_segments=100, compactness=10, sigma=1, start_label=0),
        "felzenszwalb": lambda: segmentation.felzenszwalb(picture, scale=100, sigma=0.5, min_size=50),
    }[workload]

for _ in sys.stdin:
    in_model = 0.0
    start = time.perf_counter()
    run()
    print(f"{(time.perf_counter() - start - in_model) * 1e3:.6f}", flush=True)
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} kB", flush=True)
