"""Writes what lime 0.2.0.1's RecurrentTabularExplainer makes of windows of a table, by a closed-form model, over 200 seeds.
The original needs no shim under numpy 2.4.6 and scikit-learn 1.9.1. usage: generate_sequence.py TABLE.csv OUT.json"""
import csv
import json
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
import sklearn
from lime.lime_tabular import RecurrentTabularExplainer

COLUMNS, STEPS, ROW, SEEDS, SAMPLES = ("alcohol", "flavanoids", "proline"), 4, 70, 200, 1000
d = STEPS * len(COLUMNS)


def numbers(a):
    return np.asarray(a, dtype=float).tolist()


with open(sys.argv[1]) as file:
    records = list(csv.DictReader(file))
table = np.array([[float(record[name]) for name in COLUMNS] for record in records])
windows = np.stack([table[i : i + STEPS] for i in range(len(table) - STEPS + 1)])
mu, sd = table.mean(0).round(6), table.std(0).round(6)
random = np.random.RandomState(11)
W = (0.5 * random.normal(size=(3, STEPS, len(COLUMNS)))).round(3)
V = (0.25 * random.normal(size=(3, STEPS, len(COLUMNS)))).round(3)


def model(batch):
    """s = (x - mu) / sd; score_k = sum W_k s + sum V_k sin(s) + 0.7 k s[first step, 0] s[last step, 1]; softmax over k"""
    assert batch.shape[1:] == (STEPS, len(COLUMNS))
    s = (batch - mu) / sd
    scores = np.einsum("nsf,ksf->nk", s, W) + np.einsum("nsf,ksf->nk", np.sin(s), V)
    scores += 0.7 * (s[:, 0, 0] * s[:, -1, 1])[:, None] * np.arange(3)
    shares = np.exp(scores - scores.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


cases = []
for bins in (True, False):
    coefficients, intercepts = [], []
    for seed in range(SEEDS):
        explainer = RecurrentTabularExplainer(
            windows, feature_names=COLUMNS, discretize_continuous=bins, feature_selection="none", random_state=seed
        )
        explanation = explainer.explain_instance(
            windows[ROW], model, labels=(0, 1), num_features=d, num_samples=SAMPLES
        )
        dense = np.zeros((2, d))
        for k in range(2):
            for j, weight in explanation.local_exp[k]:
                dense[k, j] = weight
        coefficients.append(dense)
        intercepts.append([explanation.intercept[k] for k in range(2)])
    coefficients, intercepts = np.array(coefficients), np.array(intercepts)
    case = dict(bins=bins, feature_names=list(explainer.feature_names))
    if bins:
        row = windows[ROW].T.reshape(d)
        own = explainer.discretizer.discretize(row).astype(int)
        case["own"] = own.tolist()
        case["names"] = [str(explainer.discretizer.names[j][own[j]]) for j in range(d)]
        case["frequencies"] = [numbers(explainer.feature_frequencies[j]) for j in range(d)]
    case.update(
        coef_mean=numbers(coefficients.mean(0)),
        coef_sd=numbers(coefficients.std(0, ddof=1)),
        intercept_mean=numbers(intercepts.mean(0)),
        intercept_sd=numbers(intercepts.std(0, ddof=1)),
    )
    cases.append(case)

versions = dict(lime="0.2.0.1", numpy=np.__version__, sklearn=sklearn.__version__, scipy=scipy.__version__)
parameters = dict(mu=numbers(mu), sd=numbers(sd), W=numbers(W), V=numbers(V))
out = dict(versions=versions, dataset="wine", columns=COLUMNS, steps=STEPS, row=ROW, seeds=SEEDS, samples=SAMPLES)
with open(sys.argv[2], "w") as file:
    json.dump(dict(out, model=parameters, formula=model.__doc__, cases=cases), file, separators=(",", ":"))
