"""captum's Lime on a picture: see lime-image/benches/worker.rs, which does the same work."""
import numpy as np
import torch
from captum.attr import Lime

import worker
from picture import picture, superpixels

torch.set_num_threads(worker.threads)
side = 1024 if "1024" in worker.work else 299
pixels = torch.from_numpy((picture(side) / 255).astype(np.float32).transpose(2, 0, 1)[None].copy())
segments = torch.from_numpy(superpixels(side)[None, None].astype(np.int64))
# A copy: captum keeps the answers, and a view would keep every picture with them.
explainer = Lime(worker.model(lambda pictures: pictures[:, 0, 0, 0].clone()))
# A picture at a time: copying them together takes longer than asking the model more often.
run = lambda: explainer.attribute(
    pixels, baselines=0.0, feature_mask=segments, n_samples=worker.samples, perturbations_per_eval=1
)
worker.serve(run, "captum", "torch", "scikit-learn", "numpy")
