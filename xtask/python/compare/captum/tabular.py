"""captum's Lime and KernelShap on a row: see lime-tabular/benches/worker.rs, which does the same work."""
import numpy as np
import torch
from captum.attr import KernelShap, Lime

import worker
from table import slopes, standardised

torch.set_num_threads(worker.threads)
row = torch.from_numpy(standardised[None].astype(np.float32))
slopes = torch.from_numpy(slopes.astype(np.float32))
model = worker.model(lambda rows: rows @ slopes)
# Lime: its defaults, which are the cosine distance of the inputs, an exponential kernel of width 1, and lasso with penalty 0.01.
explainer = KernelShap(model) if worker.work == "kernel-shap" else Lime(model)
# The model is asked once, for all samples: the quickest.
run = lambda: explainer.attribute(row, baselines=0.0, n_samples=worker.samples, perturbations_per_eval=worker.samples)
worker.serve(run, "captum", "torch", "scikit-learn", "numpy")
