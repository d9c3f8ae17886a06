"""Writes entropy.json: where scikit-learn 1.9.1 cuts one column to part its classes, as lime 0.2.0.1's EntropyDiscretizer asks it to.
usage: generate_entropy.py OUT [COLUMNS]

COLUMNS random columns (default 30) of several kinds: spread out, with many ties, whole numbers, nearly equal in single
precision or within 1e-7, large, small, constant; some with sample weights or of another depth than lime's 3.
"""
import json, os, sys
os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np, sklearn
from lime.discretize import EntropyDiscretizer
from sklearn.tree import DecisionTreeClassifier

def column(r, kind, n):
    if kind == 0:
        return r.normal(size=n)
    if kind == 1:
        return r.randint(-3, 5, n).astype(float)
    if kind == 2:  # neighbours in single precision, around 1 and around 100
        start = np.float32(r.choice([0.99999995, 1.0, 1.5, 1.9999999, 2.0, 100.0, 16777215.0]))
        return (start + np.spacing(start) * r.randint(-3, 4, n).astype(np.float32)).astype(float)
    if kind == 3:  # the same in single precision, not in double
        return np.float64(np.float32(r.normal())) + r.randint(0, 4, n) * r.choice([1e-12, 1e-9, 4e-8])
    if kind == 4:  # chains of values within 1e-7 of the next
        return r.randint(0, 12, n) * r.choice([5e-8, 9e-8, 1e-7, 1.1e-7, 2e-7])
    if kind == 5:
        return r.normal(size=n).round(1) * 10.0 ** r.choice([-30, -7, 7, 37])
    return np.full(n, r.choice([0.0, -2.5, 0.1, 1e9]))

def case(seed):
    r = np.random.RandomState(seed)
    n, kind, classes = int(r.randint(2, 61)), seed % 7 if seed % 14 else 1, int(r.randint(1, 6))
    x = column(r, kind, n)
    if seed % 3:  # classes that go with the values
        rank = np.argsort(np.argsort(x + 1e-9 * np.abs(x) * r.normal(size=n), kind="stable"))
        y = (classes * rank // n + (r.rand(n) < 0.25) * r.randint(0, classes, n)) % classes
    else:
        y = r.randint(0, classes, n)
    y = y * 3 + 2  # numbered in any way
    w = None if seed % 4 else (r.randint(1, 5, n).astype(float) if seed % 8 else r.randint(4, 17, n) / 4)
    depth = 3 if w is None and seed % 5 else int(r.randint(1, 6))
    tree = DecisionTreeClassifier(criterion="entropy", max_depth=depth, random_state=0).fit(x.reshape(-1, 1), y, sample_weight=w).tree_
    edges = np.unique(tree.threshold[tree.children_left > -1])
    if not len(edges):
        w = None if w is None else np.ceil(w)  # parts of a value have no order
        edges = np.array([np.median(x if w is None else np.repeat(x, w.astype(int)))])
    if w is None and depth == 3:
        theirs = EntropyDiscretizer(x.reshape(-1, 1), [], ["x"], labels=y, random_state=0)
        assert np.array_equal(theirs.maxs[0][:-1], edges)
    found = dict(kind=kind, depth=depth, values=x.tolist(), labels=y.tolist(), edges=edges.tolist())
    return found if w is None else dict(found, counts=w.tolist())

count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
cases = [case(seed) for seed in range(1, count + 1)]
file = os.path.join(sys.argv[1], "entropy.json")
json.dump(dict(versions=dict(lime="0.2.0.1", numpy=np.__version__, sklearn=sklearn.__version__), cases=cases), open(file, "w"), separators=(",", ":"))
print(os.path.getsize(file), [len(c["edges"]) for c in cases][:60])
