"""Trains the text model of lime/assets, which tells the section of a Debian package from its description.

    python sections.py ASSETS TESTS

ASSETS  a directory; gets package-sections.onnx
TESTS   a directory; gets small ONNX files texts-NAME.onnx, and package-sections.json and texts-NAME.json with texts and
        scikit-learn's answers to them

It learns from the English descriptions, short and long, of the packages of Debian 12 "bookworm" in six of its sections. It
needs a machine whose apt has that release among its sources, and fetches the lists into a directory of its own, so that nobody
has to be root. Packages that come of one source share sentences: each source is on one side of the split only. Prints how many
held-out descriptions the model gets right, and how far ONNX Runtime is from scikit-learn on 500 of them. The packages are those
of requirements.txt; a later point release of Debian changes the figures.

The classes weigh the same. A word is a run of ASCII letters and digits that begins with a letter, in lower case: what of a text
scikit-learn and the exported tokeniser see is then the same.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import sklearn
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

SEED = 0
RELEASE = "bookworm"
SECTIONS = ("admin", "fonts", "games", "mail", "science", "sound")
WORD = "[a-z][a-z0-9]+"
WORDS = 4000
OPSETS = {"": 18, "ai.onnx.ml": 3}
# The first two are short descriptions of Debian packages, of supertux and nethack-common. The others were made up.
TEXTS = [
    "Classic 2D jump 'n run sidescroller with Tux",
    "dungeon crawl game - common files",
    "A chess engine that plays on the terminal.",
    "Filters spam before it reaches your mailbox.",
    "A condensed typeface with Greek and Cyrillic letters",
    "Aligns DNA sequences; plots the genome.",
    "Records audio from a MIDI keyboard and plays it back",
    "Watches the daemons of a cluster and restarts those that hang",
    "Scientific fonts for the sound of mail games",
]
# Nothing, what is no word, words nobody knows, letters beyond ASCII, other cases.
ODD = ["", " \t\n", "42 -- !", "xyzzyx plughx", "Käse für Zoë: ŚPIEWNIK", "CHESS", "chess chess chess", "chess\nmail\tsound"]
# ONNX Runtime has 32 bits.
NEAR = 1e-5


def apt(directory):
    """What a program of apt is called with to keep its lists in this directory, English descriptions among them."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (directory / part).mkdir(parents=True)
    folders = [f"Dir::State={directory}/state", f"Dir::Cache={directory}/cache"]
    options = ["Acquire::Languages=en", "APT::Sandbox::User=root", *folders]
    return lambda program: [program, *(word for option in options for word in ("-o", option))]


def paragraphs(text):
    """The fields of each paragraph of a file of Debian's, continued lines joined by line breaks."""
    for paragraph in text.split("\n\n"):
        fields = {}
        for line in paragraph.splitlines():
            if line[:1].isspace():
                fields[name] += "\n" + line[1:]
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields:
            yield fields


def descriptions():
    """The distinct descriptions of the packages in the sections, in the order of the packages' names, with section and source."""
    with tempfile.TemporaryDirectory() as directory:
        command = apt(Path(directory))
        subprocess.run([*command("apt-get"), "--quiet", "--quiet", "update"], check=True)

        def files(kind):
            wanted = [f"Created-By: {kind}", f"Codename: {RELEASE}", "Component: main"]
            listed = subprocess.run(
                [*command("apt-get"), "indextargets", "--format", "$(FILENAME)", *wanted],
                check=True, capture_output=True, text=True,
            ).stdout.split()
            if not listed:
                sys.exit(f"apt has no {kind} of Debian {RELEASE} among its sources")
            # apt keeps them compressed in ways of its own.
            cat = ["/usr/lib/apt/apt-helper", "cat-file", *listed]
            return subprocess.run(cat, check=True, capture_output=True).stdout.decode()

        packages, translations = files("Packages"), files("Translations")
    whole = {fields["Description-md5"]: fields["Description-en"] for fields in paragraphs(translations)}
    found = {}
    for fields in sorted(paragraphs(packages), key=lambda fields: fields["Package"]):
        if fields["Section"] not in SECTIONS or fields["Description-md5"] not in whole:
            continue
        # A line with nothing but a full stop is an empty one.
        short, *long = whole[fields["Description-md5"]].splitlines()
        text = " ".join(" ".join([short + ".", *(line for line in long if line.strip() != ".")]).split())
        source = fields.get("Source", fields["Package"]).split()[0]
        found.setdefault(text, (fields["Section"], source))
    texts = list(found)
    sections, sources = (np.array(part) for part in zip(*found.values()))
    return np.array(texts, dtype=object), sections, sources


def export(model, path, shape, locale="C", zipmap=False):
    """Writes a pipeline of a vectorizer and a model as ONNX, with one input `text` of this shape.

    The locale that ONNX Runtime takes by itself, en_US.UTF-8, is not on every machine.
    """
    options = {id(model[0]): {"locale": locale}}
    if hasattr(model, "predict_proba"):
        options[id(model[-1])] = {"zipmap": zipmap}
    kinds = [("text", StringTensorType(shape))]
    write(to_onnx(model, initial_types=kinds, options=options, target_opset=OPSETS, name=path.stem), path)


def write(proto, path):
    # The exporter keeps these in a set.
    opsets = sorted(proto.opset_import, key=lambda opset: opset.domain)
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def scores(model, texts):
    """scikit-learn's answers, (texts, outputs)."""
    return model.predict_proba(texts) if hasattr(model, "predict_proba") else model.predict(texts).reshape(-1, 1)


def furthest(path, texts, expected):
    """The largest difference of ONNX Runtime's probabilities from the expected ones."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    found = session.run(["probabilities"], {"text": np.array(texts, dtype=object).reshape(-1, 1)})[0]
    return np.abs(found - expected).max()


def answers(path, model, texts):
    """Writes texts and scikit-learn's answers to them."""
    classes = list(map(str, getattr(model, "classes_", [])))
    parts = {"texts": texts, "outputs": scores(model, texts).tolist()}
    parts = [(key, ",\n".join(map(json.dumps, part))) for key, part in parts.items()]
    head = f'{{"scikit-learn": "{sklearn.__version__}", "classes": {json.dumps(classes)},\n'
    path.write_text(head + ",\n".join(f'"{key}": [\n{lines}\n]' for key, lines in parts) + "}\n", encoding="utf-8")


def sections(assets, tests):
    """The model of sections."""
    texts, labels, sources = descriptions()
    train, test = next(GroupShuffleSplit(1, test_size=0.25, random_state=SEED).split(texts, labels, sources))
    vectorizer = TfidfVectorizer(token_pattern=WORD, stop_words="english", max_features=WORDS)
    pipeline = make_pipeline(vectorizer, LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000))
    pipeline.fit(texts[train], labels[train])
    path = assets / "package-sections.onnx"
    export(pipeline, path, [None, 1])
    answers(tests / "package-sections.json", pipeline, TEXTS + ODD)

    right = pipeline.predict(texts[test]) == labels[test]
    print(f"{path.name}: {right.sum()} of {len(test)} held-out descriptions right ({right.mean():.1%}), "
          f"trained on {len(train)}, {path.stat().st_size} bytes")
    for section in SECTIONS:
        of = labels[test] == section
        print(f"  {section}: {right[of].sum()} of {of.sum()} right ({right[of].mean():.1%}), "
              f"trained on {(labels[train] == section).sum()}")
    some = texts[test[np.random.RandomState(SEED).permutation(len(test))[:500]]]
    far, odd = (furthest(path, part, pipeline.predict_proba(part)) for part in (some, ODD))
    print(f"  ONNX Runtime's probabilities are within {far:.1e} of scikit-learn's on {len(some)} of them, "
          f"and within {odd:.1e} on {len(ODD)} odd texts")
    if max(far, odd) > NEAR:
        sys.exit(f"that is more than {NEAR}")


def small(tests):
    """Small models in the ways that exports differ, and files that make no model of texts."""
    texts = ["a good nice film", "a bad awful film", "great and good", "awful, the worst", "nice cast", "worst cast"]
    stars = np.array([4.0, 2.0, 5.0, 1.0, 4.0, 2.0])
    asked = ["A good film", "not good", "the worst film, awful", "", "unheard of", "NICE"]
    words = {"token_pattern": WORD}
    bayes = make_pipeline(CountVectorizer(ngram_range=(1, 2), **words), MultinomialNB()).fit(texts, stars > 3)
    regression = make_pipeline(TfidfVectorizer(**words), Ridge()).fit(texts, stars)
    for name, model, shape, zipmap in [
        ("flat", bayes, [None], False),
        ("zipmap", bayes, [None, 1], True),
        ("one", regression, [1], False),
        ("stars", regression, [None, 1], False),
    ]:
        export(model, tests / f"texts-{name}.onnx", shape, zipmap=zipmap)
        answers(tests / f"texts-{name}.json", model, asked)
    export(regression, tests / "texts-locale.onnx", [None, 1], locale="no_WHERE")

    def graph(name, nodes, inputs, output):
        inputs = [helper.make_tensor_value_info(input, TensorProto.STRING, shape) for input, shape in inputs]
        body = helper.make_graph(nodes, name, inputs, [helper.make_tensor_value_info(*output)])
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        proto = helper.make_model(body, opset_imports=opsets, producer_name="lime", ir_version=8)
        onnx.checker.check_model(proto)
        write(proto, tests / f"{name}.onnx")

    def encoder(**values):
        return helper.make_node("LabelEncoder", ["text"], ["Y"], domain="ai.onnx.ml", keys_strings=["a", "b"], **values)

    floats = encoder(values_floats=[1.0, 2.0], default_float=0.0)
    graph("texts-labels", [encoder(values_int64s=[1, 2])], [("text", ["n", 1])], ("Y", TensorProto.INT64, ["n", 1]))
    graph("texts-three", [floats], [("text", ["n", 3])], ("Y", TensorProto.FLOAT, ["n", 3]))
    graph("texts-two", [floats], [("text", ["n", 1]), ("title", ["n", 1])], ("Y", TensorProto.FLOAT, ["n", 1]))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    assets, tests = map(Path, sys.argv[1:])
    # Sums in one order.
    with threadpool_limits(1):
        small(tests)
        sections(assets, tests)


if __name__ == "__main__":
    main()
