"""The original on pictures: see lime-image/benches/worker.rs, which does the same work."""
import os

os.environ["TQDM_DISABLE"] = "1"

import numpy as np
from lime.lime_image import LimeImageExplainer

import worker
from picture import picture, superpixels

side = 1024 if "1024" in worker.work else 299
pixels, grid = picture(side), superpixels(side)
if worker.work.endswith("f32"):
    pixels = (pixels / 255).astype(np.float32)
explainer = LimeImageExplainer(random_state=0, feature_selection="none")
model = worker.model(lambda pictures: np.asarray(pictures)[:, 0, 0, :1].astype(float))


def run():
    explainer.explain_instance(
        pixels, model, labels=(0,), top_labels=None, num_samples=worker.samples, batch_size=10,
        segmentation_fn=lambda image: grid,
    )


worker.serve(run, "lime", "scikit-learn", "numpy")
