"""shap's KernelExplainer, one background row: see lime-tabular/benches/worker.rs, which does the same work."""
import numpy as np
import shap

import worker
from table import slopes, standardised

explainer = shap.KernelExplainer(worker.model(lambda rows: rows @ slopes), np.zeros((1, 30)))
# All features, as here: its default of the ten largest takes longer.
run = lambda: explainer.shap_values(standardised, nsamples=worker.samples, l1_reg=False, silent=True)
worker.serve(run, "shap", "numpy")
