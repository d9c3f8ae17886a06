"""Writes what scikit-learn makes of samples that are hard on a linear surrogate: features that vary together, rows without
weight, more features than rows. Beside generate.py's local_fit.json. usage: generate_linear.py OUT.json"""
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import BayesianRidge, ElasticNet, Lasso, LinearRegression, lars_path

warnings.filterwarnings("ignore")


def numbers(a):
    return np.asarray(a, dtype=float).tolist()


def samples(seed, n, d, together):
    """Rows of which the columns share a part, rounded so that the file is short, with weights of which a tenth are 0."""
    random = np.random.RandomState(seed)
    shared = random.normal(size=(n, 2)) @ random.normal(size=(2, d))
    z = (random.normal(size=(n, d)) + together * shared).round(3)
    slopes = random.normal(size=d) * (random.rand(d) > 0.3)
    y = (z @ slopes + np.sin(2 * z[:, 0]) + random.normal(size=n) * 0.5).round(3)
    w = (random.rand(n) * (random.rand(n) > 0.1)).round(3)
    w[0] = 1.0
    return z, y, w


def path(z, y, w, method):
    centred = (z - np.average(z, axis=0, weights=w)) * np.sqrt(w)[:, None]
    answers = (y - np.average(y, weights=w)) * np.sqrt(w)
    alphas, _, coefs = lars_path(centred, answers, method=method)
    return dict(alphas=numbers(alphas), coefs=numbers(coefs.T))


def drops(found):
    there = np.abs(np.array(found["coefs"])) > 1e-12
    return int((there[:-1] & ~there[1:]).sum())


cases = []
seed = 0
while len(cases) < 12:
    seed += 1
    n, d, together = [(60, 14, 1.5), (45, 9, 0.8), (80, 6, 0.0), (12, 20, 0.5)][len(cases) % 4]
    z, y, w = samples(seed, n, d, together)
    wide = d > n
    lasso = None if wide else path(z, y, w, "lasso")
    # Of the tall cases with shared parts, those are wanted whose paths lose features.
    if not wide and together > 1 and drops(lasso) < 2:
        continue
    case = dict(seed=seed, Z=numbers(z), y=numbers(y), weights=numbers(w))
    if lasso is not None:
        case["lasso_path"] = lasso
        case["drops"] = drops(lasso)
    if together == 0.0:
        # scikit-learn turns the sign of a feature whose coefficient crosses 0 in plain least angle regression; none does here.
        plain = path(z, y, w, "lar")
        coefs = np.array(plain["coefs"])
        if not ((coefs[:-1] * coefs[1:]) < 0).any():
            case["lar_path"] = plain
    fits = {}
    for intercept in (True, False):
        key = "intercept" if intercept else "origin"
        out = dict(elastic_net=[])
        for alpha, ratio in [(a, r) for a in (0.01, 0.2) for r in (0.3, 1.0) if not (wide and r == 1.0)]:
            model = Lasso if ratio == 1.0 else ElasticNet
            extra = {} if ratio == 1.0 else dict(l1_ratio=ratio)
            q = model(alpha=alpha, fit_intercept=intercept, tol=1e-14, max_iter=1000000, **extra).fit(z, y, sample_weight=w)
            out["elastic_net"].append(dict(alpha=alpha, l1_ratio=ratio, coef=numbers(q.coef_), intercept=float(q.intercept_)))
        q = BayesianRidge(fit_intercept=intercept, tol=1e-13, max_iter=100000).fit(z, y, sample_weight=w)
        out["bayesian_ridge"] = dict(coef=numbers(q.coef_), intercept=float(q.intercept_), alpha=float(q.alpha_), coef_sd=numbers(np.sqrt(np.diag(q.sigma_))), **{"lambda": float(q.lambda_)})
        if not wide:
            q = LinearRegression(fit_intercept=intercept).fit(z, y, sample_weight=w)
            out["least_squares"] = dict(coef=numbers(q.coef_), intercept=float(q.intercept_))
        fits[key] = out
    case["fits"] = fits
    cases.append(case)
with open(sys.argv[1], "w") as file:
    json.dump(dict(versions=dict(sklearn=sklearn.__version__, numpy=np.__version__), cases=cases), file, separators=(",", ":"))
print(sys.argv[1], [(c["seed"], c.get("drops"), "lar_path" in c, len(c.get("lasso_path", dict(alphas=[]))["alphas"])) for c in cases])
