"""Trains the example models of lime/assets and writes the ONNX files that the tests of lime-models read.

    python train.py ASSETS TESTS

ASSETS  a directory with penguins.csv, breast-cancer.csv, iris.csv, wine.csv and diabetes.csv; gets penguins.onnx,
        breast-cancer.onnx, TABLE-pipeline.onnx and TABLE-forest.onnx
TESTS   a directory; gets small ONNX files, NAME.json with rows and scikit-learn's answers to them

Prints one line a model: its score on the rows held out from training, and its size. The packages are those of
requirements.txt. With them the same machine writes the same bytes every time; another may differ in the last digits of
the network's weights.
"""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR
from threadpoolctl import threadpool_limits

SEED = 0
OPSETS = {"": 18, "ai.onnx.ml": 3}
MISSING = {"", "NA", "NaN", "null"}


def table(path, label):
    """The columns of a file but its label as numbers, and the labels as integers; rows with missing cells are left out.

    Text is coded 0, 1, ... in the sorted order of the distinct values that are present in the file, labels alike.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        present = {value for value in values if value not in MISSING}
        codes = {value: code for code, value in enumerate(sorted(present))}
        if name != label and all(is_number(value) for value in present):
            codes = {value: float(value) for value in present}
        columns[name] = [codes.get(value, np.nan) for value in values]
    y = np.array(columns.pop(label))
    x = np.array(list(columns.values())).T
    whole = ~np.isnan(x).any(axis=1) & ~np.isnan(y)
    return x[whole], y[whole].astype(int)


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def export(model, name, columns, options=()):
    """The model as ONNX, with one input X of shape (rows, columns) and options for parts of it."""
    return to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, columns]))],
        options={id(part): chosen for part, chosen in options},
        target_opset=OPSETS,
        name=name,
    )


def classifier(model, name, columns):
    """A classifier as ONNX with label and probabilities as two tensors."""
    return export(model, name, columns, options=[(model, {"zipmap": False})])


def save(proto, path):
    # The exporter keeps these in a set.
    opsets = sorted(proto.opset_import, key=lambda opset: opset.domain)
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def answers(path, model, rows):
    """Writes rows and the model's answers to them. The rows are rounded to the 32 bits that the ONNX model sees."""
    rows = rows.astype(np.float32).astype(np.float64)
    outputs = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    outputs = outputs.reshape(len(rows), -1)
    parts = {"rows": rows.tolist(), "outputs": outputs.tolist()}
    parts = [(key, ",\n".join(map(json.dumps, part))) for key, part in parts.items()]
    path.write_text("{" + ",\n".join(f'"{key}": [\n{lines}\n]' for key, lines in parts) + "}\n", encoding="utf-8")


def examples(assets, tests):
    """The two models that the examples explain."""
    x, y = table(assets / "penguins.csv", "species")
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.25, stratify=y, random_state=SEED)
    forest = RandomForestClassifier(n_estimators=60, max_depth=6, random_state=SEED).fit(train_x, train_y)
    save(classifier(forest, "penguins", x.shape[1]), assets / "penguins.onnx")
    report(assets / "penguins.onnx", forest, train_y, test_x, test_y)
    answers(tests / "penguins.json", forest, test_x[:12])

    x, y = table(assets / "breast-cancer.csv", "target")
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.25, stratify=y, random_state=SEED)
    scaler = StandardScaler()
    network = MLPClassifier(hidden_layer_sizes=(16, 8), alpha=1.0, solver="lbfgs", max_iter=500, random_state=SEED)
    pipeline = make_pipeline(scaler, network).fit(train_x, train_y)
    # Without this option the scaler becomes ai.onnx.ml.Scaler, which the engine of lime-models does not know.
    options = [(scaler, {"div": "div"}), (pipeline, {"zipmap": False})]
    save(export(pipeline, "breast-cancer", x.shape[1], options=options), assets / "breast-cancer.onnx")
    report(assets / "breast-cancer.onnx", pipeline, train_y, test_x, test_y)
    answers(tests / "breast-cancer.json", pipeline, test_x[:12])


# A table of the assets and the column that its models predict.
TABLES = {"penguins": "species", "iris": "target", "wine": "target", "breast-cancer": "target", "diabetes": "target"}


def cells(path, label):
    """The columns of a file but its label as an array of objects, numbers or text, with their names and the labels.

    A missing cell of numbers is NaN, one of text is "". Rows without a label are left out.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[label] not in MISSING]
    names = [name for name in rows[0] if name != label]
    columns = []
    for name in names:
        values = ["" if row[name] in MISSING else row[name] for row in rows]
        if all(is_number(value) for value in values if value):
            values = [float(np.float32(value)) if value else np.nan for value in values]
        columns.append(values)
    y = [row[label] for row in rows]
    y = np.array([float(value) for value in y]) if all(map(is_number, y)) else np.array(y)
    return np.array(columns, dtype=object).T, names, y


def identifier(name):
    """The name of a column as one of an input: words joined by underscores."""
    return re.sub(r"\W+", "_", name).strip("_")


def boosted(x, y, trees, depth):
    """A pipeline with all that the cells need before gradient boosting."""
    text = [j for j in range(x.shape[1]) if isinstance(x[0, j], str)]
    numbers = [j for j in range(x.shape[1]) if j not in text]
    scale = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    parts = [("numbers", scale, numbers)]
    if text:
        parts.append(("text", OneHotEncoder(handle_unknown="ignore", sparse_output=False), text))
    kind = GradientBoostingClassifier if y.dtype.kind == "U" else GradientBoostingRegressor
    boosting = kind(n_estimators=trees, max_depth=depth, random_state=SEED)
    return make_pipeline(ColumnTransformer(parts), boosting).fit(x, y)


def named(pipeline, name, x, names, zipmap=False):
    """The pipeline as ONNX, with one input of shape (rows, 1) for each column, named after it."""
    text = [isinstance(cell, str) for cell in x[0]]
    kinds = [StringTensorType if is_text else FloatTensorType for is_text in text]
    return to_onnx(
        pipeline,
        initial_types=[(identifier(name), kind([None, 1])) for name, kind in zip(names, kinds)],
        options={id(pipeline): {"zipmap": zipmap}} if hasattr(pipeline, "predict_proba") else None,
        target_opset=OPSETS,
        name=name,
    )


def cell_answers(path, model, x, names):
    """Writes cells and the model's answers to them, a missing number as null."""
    outputs = model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x).reshape(-1, 1)
    rows = [[None if cell != cell else cell for cell in row] for row in x]
    classes = list(map(str, getattr(model, "classes_", [])))
    parts = {"columns": names, "classes": classes, "rows": rows, "outputs": outputs.tolist()}
    parts = [(key, ",\n".join(map(json.dumps, part))) for key, part in parts.items()]
    path.write_text("{" + ",\n".join(f'"{key}": [\n{lines}\n]' for key, lines in parts) + "}\n", encoding="utf-8")


def tables(assets, tests):
    """Two models of each table: a pipeline that takes its cells as they are, and a forest that takes one table of numbers."""
    for table_name, label in TABLES.items():
        x, names, y = cells(assets / f"{table_name}.csv", label)
        classes = y if y.dtype.kind == "U" else None
        split = train_test_split(x, y, test_size=0.25, stratify=classes, random_state=SEED)
        train_x, test_x, train_y, test_y = split
        name = f"{table_name}-pipeline"
        pipeline = boosted(train_x, train_y, trees=20 if classes is not None else 60, depth=2)
        save(named(pipeline, name, x, names), assets / f"{name}.onnx")
        report(assets / f"{name}.onnx", pipeline, train_y, test_x, test_y)
        # Rows with missing cells come first.
        missing = np.array([any(cell in ("", None) or cell != cell for cell in row) for row in test_x])
        chosen = test_x[np.argsort(~missing, kind="stable")[:12]].copy()
        if isinstance(chosen[0, 0], str):
            # A level that training has not seen, and a row without anything.
            chosen[-1, 0] = "Elsewhere"
            chosen[-2] = ["" if isinstance(cell, str) else np.nan for cell in chosen[-2]]
        cell_answers(tests / f"{name}.json", pipeline, chosen, names)

        if table_name == "penguins":
            # Its forest is penguins.onnx.
            continue
        name = f"{table_name}-forest"
        train_x, test_x = train_x.astype(np.float64), test_x.astype(np.float64)
        kind = RandomForestRegressor if classes is None else RandomForestClassifier
        forest = kind(n_estimators=40, max_depth=5, random_state=SEED).fit(train_x, train_y)
        export_as = export if classes is None else classifier
        save(export_as(forest, name, x.shape[1]), assets / f"{name}.onnx")
        report(assets / f"{name}.onnx", forest, train_y, test_x, test_y)
        answers(tests / f"{name}.json", forest, test_x[:8])


def report(path, model, train_y, test_x, test_y):
    if not hasattr(model, "predict_proba"):
        print(f"{path.name}: R2 {model.score(test_x, test_y):.3f} on {len(test_y)} held-out rows, "
              f"trained on {len(train_y)}, {path.stat().st_size} bytes")
        return
    right = int((model.predict(test_x) == test_y).sum())
    print(f"{path.name}: {right} of {len(test_y)} held-out rows right ({right / len(test_y):.1%}), "
          f"trained on {len(train_y)}, {path.stat().st_size} bytes")


def fitted(tests):
    """Small models as scikit-learn exports them."""
    random = np.random.RandomState(SEED)
    x = random.normal(size=(200, 4)).astype(np.float32)
    score = x @ np.array([1.0, -2.0, 0.5, 0.0])
    many = np.stack([score, x[:, 0] + 1.0, x[:, 1] * x[:, 2]], axis=1)
    three = np.digitize(score, [-1.0, 1.0])

    def pair(name, model, y, write):
        save(write(model.fit(x, y), name, x.shape[1]), tests / f"{name}.onnx")
        answers(tests / f"{name}.json", model, x[:8])

    pair("linear", LinearRegression(), score, export)
    pair("three-outputs", LinearRegression(), many, export)
    boosting = {"n_estimators": 8, "max_depth": 2, "random_state": SEED}
    pair("boosted-regressor", GradientBoostingRegressor(**boosting), score, export)
    pair("boosted-two-classes", GradientBoostingClassifier(**boosting), three > 0, classifier)
    pair("boosted-three-classes", GradientBoostingClassifier(**boosting), three, classifier)
    pair("logistic-three-classes", LogisticRegression(), three, classifier)
    # The exporter's defaults: a map from labels to probabilities.
    pair("zipmap", LogisticRegression(), three, export)

    text = np.array(["low", "middle", "high"])[three]
    pair("text-labels", LogisticRegression(), text, classifier)
    save(export(make_pipeline(StandardScaler(), LinearRegression()).fit(x, score), "scaler", 4), tests / "scaler.onnx")
    save(export(LinearRegression().fit(x[:, :1], score), "open-slope", None), tests / "open-slope.onnx")
    save(export(SVR().fit(x[:20], score[:20]), "support-vectors", 4), tests / "support-vectors.onnx")
    wide = random.normal(size=(100, 101)).astype(np.float32)
    stumps = GradientBoostingRegressor(n_estimators=4, max_depth=1, random_state=SEED).fit(wide, wide[:, 7])
    save(export(stumps, "wide", 101), tests / "wide.onnx")


def by_column(assets, tests):
    """Small pipelines with one input a column, in the ways that exports differ."""
    x, names, y = cells(assets / "penguins.csv", "species")
    pipeline = boosted(x, y, trees=2, depth=2)
    # The exporter's default: a map from labels, here text, to probabilities.
    save(named(pipeline, "text-zipmap", x, names, zipmap=True), tests / "text-zipmap.onnx")
    cell_answers(tests / "text-zipmap.json", pipeline, x[:8], names)
    # The same of a linear model.
    linear = make_pipeline(pipeline[0], LogisticRegression(max_iter=500)).fit(x, y)
    save(named(linear, "named-linear", x, names), tests / "named-linear.onnx")
    cell_answers(tests / "named-linear.json", linear, x[:8], names)

    # Text and numbers in a table each.
    text = [j for j in range(x.shape[1]) if isinstance(x[0, j], str)]
    order = [j for j in range(x.shape[1]) if j not in text] + text
    sorted_x, sorted_names = x[:, order], [names[j] for j in order]
    pipeline = boosted(sorted_x, y, trees=2, depth=2)
    proto = to_onnx(
        pipeline,
        initial_types=[("numbers", FloatTensorType([None, 5])), ("text", StringTensorType([None, 2]))],
        options={id(pipeline): {"zipmap": False}},
        target_opset=OPSETS,
        name="two-tables",
    )
    save(proto, tests / "two-tables.onnx")
    cell_answers(tests / "two-tables.json", pipeline, sorted_x[:8], sorted_names)

    # One column as integers and one in 64 bits, and an input of text that holds numbers.
    random = np.random.RandomState(SEED)
    x = np.array([[int(a), b, str(2007 + int(c))] for a, b, c in random.uniform(0, 3, size=(60, 3))], dtype=object)
    y = x[:, 0].astype(float) + 2.0 * x[:, 1].astype(float) + (x[:, 2] == "2008")
    parts = [("numbers", "passthrough", [1]), ("whole", "passthrough", [0]),
             ("text", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [2])]
    pipeline = make_pipeline(ColumnTransformer(parts), LinearRegression()).fit(x, y)
    kinds = [("whole", Int64TensorType), ("double", DoubleTensorType), ("year", StringTensorType)]
    proto = to_onnx(
        pipeline,
        initial_types=[(name, kind([None, 1])) for name, kind in kinds],
        target_opset=OPSETS,
        name="kinds",
    )
    save(proto, tests / "kinds.onnx")
    cell_answers(tests / "kinds.json", pipeline, x[:8], [name for name, _ in kinds])


def drawn(tests):
    """Graphs made by hand."""

    def value(name, shape, kind=TensorProto.FLOAT):
        return helper.make_tensor_value_info(name, kind, shape)

    def graph(name, nodes, inputs, outputs, constants=(), check=True, names=None):
        constants = [numpy_helper.from_array(np.asarray(array), key) for key, array in constants]
        proto = helper.make_model(
            helper.make_graph(nodes, name, inputs, outputs, constants),
            opset_imports=[helper.make_opsetid("", 18)],
            producer_name="lime",
            ir_version=8,
        )
        if names:
            helper.set_model_props(proto, {"names": names})
        if check:
            onnx.checker.check_model(proto)
        (tests / f"{name}.onnx").write_bytes(proto.SerializeToString(deterministic=True))

    node = helper.make_node
    x, y = value("X", ["rows", 3]), value("Y", ["rows", 2])
    # y = (x0 + 3 x2, 2 x1 - x2)
    weights = ("W", np.array([[1, 0], [0, 2], [3, -1]], dtype=np.float32))
    product = node("MatMul", ["X", "W"], ["Y"], name="product")

    graph("open-width", [product], [value("X", [None, None])], [value("Y", [None, None])], [weights])
    # The weights in a file of their own, to which the exporter would append.
    (tests / "beside.bin").unlink(missing_ok=True)
    proto = onnx.load(tests / "open-width.onnx")
    onnx.save_model(proto, tests / "beside.onnx", save_as_external_data=True, location="beside.bin", size_threshold=0)
    graph("four-rows", [product], [value("X", [4, 3])], [value("Y", [4, 2])], [weights])
    # One row at a time is all that this one can do, though its input says otherwise.
    graph("one-row", [node("Reshape", ["X", "shape"], ["R"]), node("MatMul", ["R", "W"], ["Y"])], [x], [y],
          [("shape", np.array([1, 3])), weights])
    graph("vector", [node("ReduceSum", ["X", "axes"], ["Y"], keepdims=0)], [x], [value("Y", ["rows"])],
          [("axes", np.array([1]))])
    graph("two-inputs", [node("Add", ["A", "B"], ["Y"])], [value("A", ["rows", 2]), value("B", ["rows", 2])], [y])
    graph("no-inputs", [node("Identity", ["W"], ["Y"])], [], [value("Y", [3, 2])], [weights])
    graph("no-outputs", [product], [x], [], [weights], check=False)
    graph("three-axes", [node("Flatten", ["X"], ["Y"])], [value("X", ["rows", 2, 2])], [value("Y", ["rows", 4])])
    graph("doubles", [node("Cast", ["X"], ["Y"], to=TensorProto.FLOAT)],
          [value("X", ["rows", 2], TensorProto.DOUBLE)], [y])
    graph("labels-only", [node("ArgMax", ["X"], ["Y"], axis=1, keepdims=0)], [x],
          [value("Y", ["rows"], TensorProto.INT64)])
    # What the exporter makes of a network with several outputs: all of them below each other.
    graph("one-column", [node("MatMul", ["X", "W"], ["R"]), node("Reshape", ["R", "shape"], ["Y"])], [x], [y],
          [weights, ("shape", np.array([-1, 1]))])
    graph("one-number", [node("ReduceSum", ["X"], ["Y"], keepdims=0)], [x], [value("Y", [])])
    graph("dangling", [node("Add", ["X", "nowhere"], ["Y"])], [x], [y], check=False)
    graph("loop", [node("Add", ["X", "B"], ["A"]), node("Add", ["A", "X"], ["B"]), node("Identity", ["B"], ["Y"])],
          [x], [y], check=False)
    graph("wrong-width", [product], [value("X", ["rows", 5])], [y], [weights], check=False)

    # Models of pictures. The kernel of a whole picture, 3 channels of 4 rows and 6 columns: (i - 30) / 8 and 1 / (i + 1) at place i.
    places = np.arange(72)
    kernel = ("K", np.stack([(places - 30) / 8, 1 / (places + 1)]).reshape(2, 3, 4, 6).astype(np.float32))
    whole = node("Conv", ["X", "K"], ["C"])
    flat = node("Flatten", ["C"], ["Y"])
    shape = lambda rows: ("shape", np.array([rows, 2]))
    reshaped = node("Reshape", ["C", "shape"], ["Y"])
    fixed = value("X", ["n", 3, 4, 6])
    graph("pictures-fixed", [whole, flat], [fixed], [y], [kernel], names="{0: 'dark', 1: 'light'}")
    graph("pictures-one", [whole, reshaped], [value("X", [1, 3, 4, 6])], [value("Y", [1, 2])], [kernel, shape(1)])
    graph("pictures-three", [whole, reshaped], [value("X", [3, 3, 4, 6])], [value("Y", [3, 2])], [kernel, shape(3)])
    # One picture at a time is all that this one can do, though its input says otherwise.
    graph("pictures-alone", [whole, reshaped], [fixed], [y], [kernel, shape(1)])
    open_sides = value("X", ["n", 3, "height", "width"])
    mean = node("GlobalAveragePool", ["X"], ["Y"])
    graph("pictures-mean", [mean], [open_sides], [value("Y", ["n", 3, 1, 1])])
    graph("pictures-open", [mean], [value("X", ["n", "a", "b", "c"])], [value("Y", ["n", "a", 1, 1])])
    axes = lambda *axes: ("axes", np.array(axes))
    graph("pictures-number", [node("ReduceMean", ["X", "axes"], ["Y"], keepdims=0)], [open_sides],
          [value("Y", ["n"])], [axes(1, 2, 3)])
    graph("pictures-last", [node("ReduceMean", ["X", "axes"], ["M"], keepdims=0), node("MatMul", ["M", "W"], ["Y"])],
          [value("X", ["n", "height", "width", 3])], [y], [axes(1, 2), weights])
    graph("pictures-bytes", [node("Cast", ["X"], ["F"], to=TensorProto.FLOAT),
                             node("ReduceMean", ["F", "axes"], ["Y"], keepdims=0)],
          [value("X", ["n", 5, 6, 3], TensorProto.UINT8)], [value("Y", ["n", 3])], [axes(1, 2)])
    # It says that any size will do, and none but 3 times 4 times 6 numbers will.
    graph("pictures-flat", [node("Flatten", ["X"], ["F"]), node("MatMul", ["F", "W"], ["Y"])], [open_sides], [y],
          [("W", kernel[1].reshape(2, 72).T)])
    # As PyTorch exports a resizing to a fixed size: the number of pictures is part of what the model computes.
    graph("pictures-resized", [node("Shape", ["X"], ["shape"], start=0, end=2),
                               node("Concat", ["shape", "twice"], ["sizes"], axis=0),
                               node("Resize", ["X", "", "", "sizes"], ["R"], mode="nearest", nearest_mode="floor",
                                    coordinate_transformation_mode="asymmetric"),
                               node("GlobalAveragePool", ["R"], ["Y"])],
          [fixed], [value("Y", ["n", 3, 1, 1])], [("twice", np.array([8, 12]))])
    graph("pictures-map", [node("Relu", ["X"], ["Y"])], [open_sides], [value("Y", ["n", 3, "height", "width"])])
    graph("pictures-two", [node("Add", ["X", "Z"], ["S"]), node("GlobalAveragePool", ["S"], ["Y"])],
          [open_sides, value("Z", ["n", 3, "height", "width"])], [value("Y", ["n", 3, 1, 1])])
    graph("pictures-doubles", [mean], [value("X", ["n", 3, "height", "width"], TensorProto.DOUBLE)],
          [value("Y", ["n", 3, 1, 1], TensorProto.DOUBLE)])
    # ONNX Runtime has this operator.
    graph("pictures-determinant", [node("Det", ["X"], ["Y"], name="volume")], [value("X", ["n", 1, 2, 2])],
          [value("Y", ["n", 1])])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    assets, tests = map(Path, sys.argv[1:])
    # Sums in one order.
    with threadpool_limits(1):
        examples(assets, tests)
        tables(assets, tests)
        fitted(tests)
        by_column(assets, tests)
        drawn(tests)


if __name__ == "__main__":
    main()
