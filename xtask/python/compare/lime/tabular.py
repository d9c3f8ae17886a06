"""The original on tables: see lime-tabular/benches/worker.rs, which does the same work."""
from lime.lime_tabular import LimeTabularExplainer

import worker
from table import data, slopes

selection = {"forward": "forward_selection", "lasso-path": "lasso_path"}.get(worker.work, "none")
explainer = LimeTabularExplainer(
    data,
    mode="regression",
    discretize_continuous=worker.work != "gaussian",
    feature_selection=selection,
    random_state=0,
)
model = worker.model(lambda rows: rows @ slopes)
features = 30 if selection == "none" else 6
explained = data if worker.work == "rows" else data[:1]


def run():
    for row in explained:
        explainer.explain_instance(row, model, num_features=features, num_samples=worker.samples)


worker.serve(run, "lime", "scikit-learn", "scipy", "numpy")
