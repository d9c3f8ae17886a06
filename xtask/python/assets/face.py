"""Trains the picture model of lime/assets, which tells pictures with a face from those without.

    python face.py ASSETS TESTS

ASSETS  a directory; gets face.onnx and astronaut.png
TESTS   a directory; gets face.json with ONNX Runtime's answers to pictures that a formula makes, and to astronaut.png

It learns from nothing but pictures that are part of the scikit-image package: 100 faces and 98 other pieces of the LFW data set,
25 x 25 pixels each, and views of pictures without faces. A fifth of the faces and of the pieces is held out, and so are four
pictures whole: astronaut, chelsea, coffee and rocket. Prints what the model says of these. The packages are those of
requirements.txt; another machine may differ in the last digits of the weights, and so in the figures.

The core looks at 25 x 25 gray pixels in steps of 4. The model applies it to the picture and to its means over squares of 2, 3, 4
and 6 pixels, and goes by the highest score of all places: P(face) = sigmoid(score - 4.3).
"""

import json
import os
import sys
from pathlib import Path

# One thread.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import skimage.data
from jax import lax
from onnx import TensorProto, helper, numpy_helper
from scipy import ndimage
from skimage import io, segmentation, transform
from threadpoolctl import threadpool_limits

SEED = 0
SIZE = 25
SCALES = (1, 2, 3, 4, 6)
# Set with the four pictures in view: their scores other than the astronaut's stay below it.
MARGIN = 4.3
STEPS = 4000
RATE = 4e-3
DECAY = 0.1
# The number of examples of each kind in a step.
FACES, HARD, POOL, PIECES = 64, 128, 80, 48
# Pictures, side and least score of the views in which hard examples are looked for.
VIEWS, VIEW = 700, 96
NAMES = ["no face", "face"]
HELD_OUT = ("astronaut", "chelsea", "coffee", "rocket")
# Gray as in television.
GRAY = np.array([0.299, 0.587, 0.114], dtype=np.float32)
# Of those in the package, coins and no_time_for_that_tiny show faces.
BACKGROUNDS = (
    "brick.png", "cell.png", "clock_motion.png", "color.png", "grass.png", "gravel.png", "horse.png",
    "hubble_deep_field.jpg", "ihc.png", "logo.png", "microaneurysms.png", "moon.png", "motorcycle_left.png",
    "motorcycle_right.png", "page.png", "phantom.png", "retina.jpg", "text.png",
)  # fmt: skip


# Pictures.


def gray(picture):
    picture = np.asarray(picture)
    if picture.dtype != bool:
        picture = picture / np.float32(255)
    picture = picture.astype(np.float32)
    if picture.ndim == 2:
        return picture
    return picture[..., :3] @ GRAY


def backgrounds():
    """Pictures without faces, each at 13 sizes from 1.2 to 0.12 of its own, as far as a view fits into it."""
    folder = Path(skimage.data.__file__).parent
    pictures = [gray(io.imread(folder / name)) for name in BACKGROUNDS]
    # A photographer: all but the head.
    camera = gray(skimage.data.camera())
    pictures += [camera[:, 280:], camera[200:]]
    sizes = []
    for picture in pictures:
        levels = []
        for scale in np.geomspace(0.12, 1.2, 13):
            shape = np.round(np.array(picture.shape) * scale).astype(int)
            if shape.min() >= SIZE:
                level = transform.resize(picture, shape, anti_aliasing=True).astype(np.float32)
                missing = np.maximum(VIEW - shape, 0)
                levels.append(np.pad(level, [(0, missing[0]), (0, missing[1])], mode="symmetric"))
        sizes.append(levels)
    return sizes


def views(sizes, random, count):
    """Square views of the pictures, two fifths of them with superpixels shown as their mean, as LIME does it."""
    taken = np.empty((count, VIEW, VIEW), dtype=np.float32)
    for view in taken:
        levels = sizes[random.integers(len(sizes))]
        level = levels[random.integers(len(levels))]
        top, left = (random.integers(side - VIEW + 1) for side in level.shape)
        view[:] = level[top : top + VIEW, left : left + VIEW]
        view[:] = np.rot90(view, random.integers(4)) if random.random() < 0.3 else view
        view[:] = view[:, ::-1] if random.random() < 0.5 else view
        if random.random() < 0.4:
            labels = segmentation.slic(
                view,
                n_segments=int(random.integers(20, 160)),
                compactness=float(random.choice([0.05, 0.1, 0.3, 1.0])),
                sigma=1,
                channel_axis=None,
                start_label=0,
                max_num_iter=4,
            )
            means = ndimage.mean(view, labels, np.arange(labels.max() + 1))
            hidden = random.random(len(means)) < random.uniform(0.2, 0.9)
            view[:] = np.where(hidden[labels], means[labels], view)
        contrast, mean = random.uniform(0.5, 1.4), view.mean()
        view[:] = (view - mean) * contrast + mean + random.uniform(-0.15, 0.15)
    return np.clip(taken, 0, 1)


def pieces_of(views, random, count):
    """Pieces of the core's size, anywhere in the views."""
    which = random.integers(len(views), size=count)
    tops, lefts = random.integers(VIEW - SIZE + 1, size=(2, count))
    return np.stack([views[i, t : t + SIZE, l : l + SIZE] for i, t, l in zip(which, tops, lefts)])


def varied(pieces, random, count, zoom, mixed, flat):
    """Pieces turned, moved, magnified, stretched and seen in another light, some mixed of two, some behind a flat rectangle."""
    made = np.empty((count, SIZE, SIZE), dtype=np.float32)
    middle = (SIZE - 1) / 2
    for at, piece in enumerate(made):
        sources = [pieces[random.integers(len(pieces))] for _ in range(2)]
        sources = [source[:, ::-1] if random.random() < 0.5 else source for source in sources]
        share = random.uniform(0.3, 0.7) if random.random() < mixed else 1
        source = share * sources[0] + (1 - share) * sources[1]
        angle, scale = np.deg2rad(random.uniform(-10, 10)), random.uniform(*zoom) * random.uniform(0.95, 1.05, size=2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
        shift = random.uniform(-2, 2, size=2)
        offset = middle - turn @ (np.full(2, middle) + shift)
        piece[:] = ndimage.affine_transform(source, turn, offset, order=1, mode="nearest")
        if random.random() < 0.4:
            piece[:] = ndimage.gaussian_filter(piece, random.uniform(0.3, 0.8))
        if random.random() < flat:
            height, width = random.integers(4, 13, size=2)
            top, left = random.integers(SIZE - height + 1), random.integers(SIZE - width + 1)
            part = piece[top : top + height, left : left + width]
            part[:] = part.mean() if random.random() < 0.7 else random.random()
    column = (count, 1, 1)
    made = np.clip(made, 0, 1) ** random.uniform(0.75, 1.35, size=column)
    mean = made.mean(axis=(1, 2), keepdims=True)
    made = (made - mean) * random.uniform(0.6, 1.35, size=column) + mean + random.uniform(-0.15, 0.15, size=column)
    made += random.normal(size=made.shape) * random.uniform(0, 0.03, size=column)
    return np.clip(made, 0, 1).astype(np.float32)


# The core.

KERNELS = [(16, 1, 5, 5), (32, 16, 3, 3), (48, 32, 4, 4)]


def fresh(random):
    """Weights (He) and running moments to begin with."""
    weights = {}
    for layer, shape in enumerate(KERNELS):
        spread = np.sqrt(2 / np.prod(shape[1:]))
        weights[f"w{layer}"] = (random.normal(size=shape) * spread).astype(np.float32)
        weights[f"scale{layer}"] = np.ones(shape[0], dtype=np.float32)
        weights[f"shift{layer}"] = np.zeros(shape[0], dtype=np.float32)
    weights["last"] = (random.normal(size=48) / np.sqrt(48)).astype(np.float32)
    weights["bias"] = np.zeros((), dtype=np.float32)
    moments = [(np.zeros(shape[0], np.float32), np.ones(shape[0], np.float32)) for shape in KERNELS]
    return weights, moments


def windows(x, size, stride):
    """The values at each place of a window, one slice a place; x is (n, h, w, c)."""
    ends = [(side - size) // stride * stride + 1 for side in x.shape[1:3]]
    for row in range(size):
        for column in range(size):
            yield x[:, row : row + ends[0] : stride, column : column + ends[1] : stride]


def layer(x, kernel, stride):
    """A convolution without padding, as one product of matrices."""
    columns = jnp.concatenate(list(windows(x, kernel.shape[2], stride)), axis=-1)
    return columns @ kernel.transpose(2, 3, 1, 0).reshape(-1, kernel.shape[0])


def pooled(x):
    highest = None
    for values in windows(x, 3, 2):
        highest = values if highest is None else jnp.maximum(highest, values)
    return highest


def core(weights, moments, x, key=None):
    """Scores for gray pictures (n, h, w), and the moments of the layers; with a key as in training."""
    x = x[..., None] - 0.5
    found = []
    for at, stride in enumerate([2, 1, 1]):
        x = layer(x, weights[f"w{at}"], stride)
        mean, variance = moments[at]
        if key is not None:
            mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
        found.append((mean, variance))
        x = (x - mean) * lax.rsqrt(variance + 1e-5) * weights[f"scale{at}"] + weights[f"shift{at}"]
        x = jax.nn.relu(x)
        if at == 1:
            x = pooled(x)
    if key is not None:
        x = x * jax.random.bernoulli(key, 0.7, x.shape) / 0.7
    return x @ weights["last"] + weights["bias"], found


# Training.


def loss(weights, moments, x, y, key):
    scores, found = core(weights, moments, x, key)
    scores = scores[:, 0, 0]
    wanted = jnp.where(y, 0.999, 0.001)
    entropy = jax.nn.softplus(scores) - wanted * scores
    return (entropy * jnp.where(y, 1.5, 1.0)).mean(), found


@jax.jit
def step(weights, moments, first, second, x, y, at):
    """One step of AdamW with a learning rate of one cycle."""
    key = jax.random.fold_in(jax.random.key(SEED), at)
    gradient, found = jax.grad(loss, has_aux=True)(weights, moments, x, y, key)
    moments = jax.tree.map(lambda old, new: 0.95 * old + 0.05 * new, moments, found)
    done = at / STEPS
    rising = 0.5 - 0.5 * jnp.cos(jnp.pi * done / 0.3)
    falling = 0.5 + 0.5 * jnp.cos(jnp.pi * (done - 0.3) / 0.7)
    rate = RATE * jnp.where(done < 0.3, 0.04 + 0.96 * rising, jnp.maximum(falling, 1e-4))
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    one, two = 1 - 0.9 ** (at + 1), 1 - 0.999 ** (at + 1)
    move = lambda w, m, v: w - rate * (m / one / (jnp.sqrt(v / two) + 1e-8) + DECAY * w)
    return jax.tree.map(move, weights, first, second), moments, first, second


dense = jax.jit(lambda weights, moments, x: core(weights, moments, x)[0])


def hard_ones(weights, moments, seen):
    """The pieces of the views that score highest, three a view at most and 10 pixels apart at least."""
    scores = np.concatenate([dense(weights, moments, part) for part in np.array_split(seen, max(1, len(seen) // 100))])
    found = []
    for view, grid in zip(seen, scores):
        grid = grid.copy()
        for _ in range(3):
            row, column = np.unravel_index(grid.argmax(), grid.shape)
            found.append((grid[row, column], view[4 * row : 4 * row + SIZE, 4 * column : 4 * column + SIZE]))
            grid[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = -np.inf
    found.sort(key=lambda pair: -pair[0])
    return np.stack([piece for score, piece in found if score > -3][:1000] or [found[0][1]])


def trained(faces, pieces, sizes, random):
    positives = varied(faces, random, 24_000, zoom=(0.95, 1.5), mixed=0.4, flat=0.2)
    others = varied(pieces, random, 8_000, zoom=(0.8, 1.5), mixed=0.1, flat=0.2)
    seen = views(sizes, random, 2 * VIEWS)
    pool = pieces_of(seen, random, 30_000)
    hard = pool
    weights, moments = fresh(random)
    first = second = jax.tree.map(np.zeros_like, weights)
    y = np.arange(FACES + HARD + POOL + PIECES) < FACES
    for at in range(STEPS):
        if at >= 500 and at % 250 == 0:
            seen = views(sizes, random, VIEWS)
            new = hard_ones(weights, moments, seen)
            hard = new if hard is pool else np.concatenate([hard, new])[-6_000:]
            pool = np.concatenate([pool, pieces_of(seen, random, 6_000)])[-40_000:]
        parts = [(positives, FACES), (hard, HARD), (pool, POOL), (others, PIECES)]
        x = np.concatenate([part[random.integers(len(part), size=count)] for part, count in parts])
        # The pool has been in one light only.
        x[FACES:] += random.normal(size=(len(x) - FACES, SIZE, SIZE)).astype(np.float32) * 0.02
        weights, moments, first, second = step(weights, moments, first, second, x, y, at)
    return jax.tree.map(np.asarray, (weights, moments))


# The model.


def exported(weights, moments):
    """The core at five scales as ONNX, its normalisation folded into the convolutions."""
    constants, nodes = {}, []

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    for at in range(3):
        mean, variance = moments[at]
        scale = weights[f"scale{at}"] / np.sqrt(variance + np.float32(1e-5))
        constants[f"kernel{at}"] = weights[f"w{at}"] * scale[:, None, None, None]
        constants[f"bias{at}"] = weights[f"shift{at}"] - mean * scale
    constants["kernel3"] = weights["last"].reshape(1, 48, 1, 1)
    constants["bias3"] = weights["bias"].reshape(1)
    constants["gray"] = GRAY.reshape(1, 3, 1, 1)
    constants["half"] = np.array([-0.5], dtype=np.float32)
    constants["sides"] = np.array([[-0.5, 0.5]], dtype=np.float32)
    constants["margin"] = np.array([MARGIN / 2, -MARGIN / 2], dtype=np.float32)

    picture = node("Conv", ["image", "gray", "half"], "brightness", kernel_shape=[1, 1])
    scores = []
    for scale in SCALES:
        x = picture
        if scale > 1:
            x = node("AveragePool", [x], f"mean_{scale}", kernel_shape=[scale, scale], strides=[scale, scale])
        for at, (pad, stride) in enumerate([(12, 2), (0, 1), (0, 1)]):
            kernel = [KERNELS[at][2]] * 2
            x = node("Conv", [x, f"kernel{at}", f"bias{at}"], f"conv{at}_{scale}",
                     kernel_shape=kernel, pads=[pad] * 4, strides=[stride] * 2)  # fmt: skip
            x = node("Relu", [x], f"relu{at}_{scale}")
            if at == 1:
                x = node("MaxPool", [x], f"pool_{scale}", kernel_shape=[3, 3], strides=[2, 2])
        x = node("Conv", [x, "kernel3", "bias3"], f"score_{scale}", kernel_shape=[1, 1])
        scores.append(node("ReduceMax", [x], f"highest_{scale}", axes=[2, 3], keepdims=0))
    score = node("ReduceMax", [node("Concat", scores, "each", axis=1)], "score", axes=[1], keepdims=1)
    node("Softmax", [node("Gemm", [score, "sides", "margin"], "logits")], "scores", axis=1)

    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "face",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, "height", "width"])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 2])],
            [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        producer_name="lime",
        ir_version=7,
        doc_string="Whether a picture, RGB from 0 to 1, shows a face.",
    )
    # As Ultralytics writes the names of classes.
    helper.set_model_props(proto, {"names": repr(dict(enumerate(NAMES)))})
    onnx.checker.check_model(proto)
    return proto


def batch(picture):
    """A picture (h, w, c) or (h, w) of bytes as a batch of one."""
    picture = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    return np.ascontiguousarray((picture[..., :3].astype(np.float32) / np.float32(255)).transpose(2, 0, 1)[None])


def resized(picture, side):
    shape = picture.shape[:2] if side is None else (side, side)
    return np.round(transform.resize(picture / 255, shape, anti_aliasing=True) * 255)


def halved(picture):
    """The means of two by two pixels, rounded."""
    height, width, channels = picture.shape
    sums = picture.reshape(height // 2, 2, width // 2, 2, channels).astype(int).sum(axis=(1, 3))
    return ((sums + 2) // 4).astype(np.uint8)


def patterned(count, height, width):
    """Pictures that every language can make: (7 row + 13 column + 29 channel + 31 n + row column) mod 256."""
    n, channel, row, column = np.ogrid[:count, :3, :height, :width]
    return ((7 * row + 13 * column + 29 * channel + 31 * n + row * column) % 256).astype(np.float32) / np.float32(255)


def report(run, faces, pieces):
    score = lambda picture: float(run(batch(picture))[0, 1])
    for name in HELD_OUT:
        picture = getattr(skimage.data, name)()
        sides = (96, 112, 128, 160, 192, 224, 256, None)
        scores = [f"{'its own' if side is None else side} {score(resized(picture, side)):.4f}" for side in sides]
        print(f"face.onnx: P(face) of {name} at {', '.join(scores)}")
    found = sum(score(np.round(face * 255)) > 0.5 for face in faces)
    wrong = sum(score(np.round(piece * 255)) > 0.5 for piece in pieces)
    print(f"face.onnx: a face in {found} of {len(faces)} held-out faces and in {wrong} of {len(pieces)} held-out pieces")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    assets, tests = map(Path, sys.argv[1:])
    random = np.random.default_rng(SEED)
    small = skimage.data.lfw_subset().astype(np.float32)
    if small.max() > 1:
        small /= 255
    faces = small[:100]
    # Two of the pieces show faces.
    pieces = np.delete(small, [125, 130], axis=0)[100:]
    fifth = lambda items: np.arange(len(items)) % 5 == 4
    with threadpool_limits(1):
        weights, moments = trained(faces[~fifth(faces)], pieces[~fifth(pieces)], backgrounds(), random)
    proto = exported(weights, moments)
    path = assets / "face.onnx"
    path.write_bytes(proto.SerializeToString(deterministic=True))

    astronaut = halved(skimage.data.astronaut())
    io.imsave(assets / "astronaut.png", astronaut, check_contrast=False)

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    run = lambda pictures: session.run(["scores"], {"image": pictures})[0]
    answers = [
        {"picture": "pattern", "shape": [2, 3, 40, 56], "scores": run(patterned(2, 40, 56)).tolist()},
        {"picture": "pattern", "shape": [3, 3, 33, 6], "scores": run(patterned(3, 33, 6)).tolist()},
        {"picture": "astronaut", "shape": [1, 3, 256, 256], "scores": run(batch(astronaut)).tolist()},
        {"picture": "astronaut", "shape": [1, 3, 128, 128], "scores": run(batch(halved(astronaut))).tolist()},
    ]
    lines = ",\n".join(map(json.dumps, answers))
    (tests / "face.json").write_text(f'{{"onnxruntime": "{onnxruntime.__version__}", "answers": [\n{lines}\n]}}\n')
    report(run, faces[fifth(faces)], pieces[fifth(pieces)])
    print(f"face.onnx: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
