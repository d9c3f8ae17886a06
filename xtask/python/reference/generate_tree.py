"""Writes tree.json: what scikit-learn 1.9.1 makes of continuous samples with the parameters of a regression tree.
usage: generate_tree.py OUT

The features are 32-bit numbers, as scikit-learn keeps them, so that thresholds can be compared. Nodes are listed in preorder, and
only where scikit-learn finds the same ones whatever the order in which it tries the features: in a node of few
samples several features part them alike. Training predictions, scores, leaves and the pruning path must not depend on it.
"""
import json, os, sys
os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np, sklearn
from sklearn.tree import DecisionTreeRegressor

STATES = range(12)

def numbers(a):
    return np.asarray(a, dtype=float).tolist()

def nodes(fit):
    tree, found, stack = fit.tree_, [], [0]
    while stack:
        i = stack.pop()
        left, right = int(tree.children_left[i]), int(tree.children_right[i])
        leaf = left < 0
        found.append(dict(
            feature=None if leaf else int(tree.feature[i]),
            threshold=None if leaf else float(tree.threshold[i]),
            samples=int(tree.n_node_samples[i]),
            share=float(tree.weighted_n_node_samples[i] / tree.weighted_n_node_samples[0]),
            impurity=float(tree.impurity[i]),
            value=numbers(tree.value[i].ravel())))
        if not leaf:
            stack += [right, left]
    return found

def agree(one, other):
    return json.dumps([[n["feature"], n["threshold"]] for n in one]) == json.dumps([[n["feature"], n["threshold"]] for n in other])

def fitted(z, y, w, q, **parameters):
    fits = [DecisionTreeRegressor(random_state=s, **parameters).fit(z, y, sample_weight=w) for s in STATES]
    first = fits[0]
    kept = w > 0
    for other in fits[1:]:
        assert np.allclose(first.predict(z[kept]), other.predict(z[kept]), rtol=0, atol=1e-12), parameters
        assert first.get_n_leaves() == other.get_n_leaves(), parameters
    out = dict(joint=y.ndim > 1, parameters=parameters, leaves=int(first.get_n_leaves()), depth=int(first.get_depth()),
               score=float(first.score(z, y, sample_weight=w)))
    if all(agree(nodes(first), nodes(other)) for other in fits[1:]):
        out.update(nodes=nodes(first), importances=numbers(first.feature_importances_), elsewhere=numbers(first.predict(q)))
    else:
        out.update(predictions=numbers(first.predict(z[kept])))
    return out

def path(z, y, w, **parameters):
    found = DecisionTreeRegressor(random_state=0, **parameters).cost_complexity_pruning_path(z, y, sample_weight=w)
    leaves = [DecisionTreeRegressor(random_state=0, ccp_alpha=a, **parameters).fit(z, y, sample_weight=w).get_n_leaves()
              for a in found.ccp_alphas]
    return dict(joint=y.ndim > 1, parameters=parameters, alphas=numbers(found.ccp_alphas), leaves=[int(v) for v in leaves],
                impurities=numbers(found.impurities))

cases = []
for seed in (1, 3):
    r = np.random.RandomState(seed)
    n, d = 100 + 10 * seed, 4
    z = r.normal(size=(n, d)).astype(np.float32).astype(float)
    q = r.normal(size=(10, d)).astype(np.float32).astype(float)
    w = np.exp(-0.25 * (z ** 2).sum(1))
    w[r.rand(n) < 0.1] = 0
    y = np.c_[z[:, 0] * z[:, 1] + np.sin(2 * z[:, 2]), np.exp(z[:, 0]) - z[:, 3]] + 0.1 * r.normal(size=(n, 2))
    alphas = DecisionTreeRegressor(random_state=0, min_samples_leaf=4).cost_complexity_pruning_path(z, y[:, 0], sample_weight=w).ccp_alphas
    middle = float((alphas[len(alphas) // 2] + alphas[len(alphas) // 2 + 1]) / 2)
    settings = [
        dict(),
        dict(max_depth=3),
        dict(max_leaf_nodes=6),
        dict(max_leaf_nodes=7, max_depth=3, min_samples_leaf=2),
        dict(min_samples_leaf=7),
        dict(min_weight_fraction_leaf=0.08),
        dict(max_depth=4, min_impurity_decrease=0.02),
        dict(max_leaf_nodes=9, min_weight_fraction_leaf=0.04),
        dict(min_samples_leaf=4, ccp_alpha=middle),
        dict(max_leaf_nodes=12, min_samples_leaf=3, ccp_alpha=middle),
    ]
    cases.append(dict(seed=seed, Z=numbers(z), y=numbers(y), weights=numbers(w), Q=numbers(q),
                      fits=[fitted(z, t, w, q, **s) for t in (y[:, 0], y) for s in settings],
                      paths=[path(z, t, w, **s) for t in (y[:, 0], y) for s in (dict(), dict(min_samples_leaf=4), dict(max_leaf_nodes=10))]))
# Values that lie within 1e-7 of their neighbours are one value, however far the chain of them reaches.
z = np.array([[0], [6e-8], [1.2e-7], [1.8e-7], [4e-7], [1]]).astype(np.float32).astype(float)
y, w = np.array([0.0, 1, 2, 3, 4, 5]), np.ones(6)
cases.append(dict(seed=0, Z=numbers(z), y=numbers(y.reshape(-1, 1)), weights=numbers(w), Q=numbers(z),
                  fits=[fitted(z, y, w, z, **s) for s in (dict(max_depth=1), dict(max_depth=4))], paths=[]))
versions = dict(numpy=np.__version__, sklearn=sklearn.__version__)
file = os.path.join(sys.argv[1], "tree.json")
json.dump(dict(versions=versions, cases=cases), open(file, "w"), separators=(",", ":"))
print(os.path.getsize(file), [[("nodes" in f) for f in c["fits"]] for c in cases])
