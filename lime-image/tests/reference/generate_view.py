"""Writes view.json and the small files of files/, with Pillow 13.0.0, numpy 2.4.6, scikit-image 0.26.0, scipy 1.17.1, lime 0.2.0.1.

python generate_view.py tests/reference
"""
import json, struct, sys, zlib
import numpy as np, scipy, skimage, PIL
from PIL import Image, ImageOps
from scipy import ndimage
from skimage.segmentation import find_boundaries, mark_boundaries
from skimage.color import rgb2gray
from lime.lime_image import ImageExplanation

out = sys.argv[1]
rng = np.random.RandomState(5)
ref = dict(versions=dict(pillow=PIL.__version__, skimage=skimage.__version__, numpy=np.__version__, scipy=scipy.__version__, lime="0.2.0.1"))

# Boundaries: background 0, objects that touch, ids with gaps and below 0.
maps = []
for name, ids in [
    ("objects", np.kron(rng.randint(0, 4, (5, 6)), np.ones((3, 2), int))),
    ("noise", rng.randint(0, 3, (7, 9))),
    ("signs", np.kron(rng.randint(-1, 2, (4, 4)), np.ones((2, 3), int))),
    ("nobackground", np.kron(rng.randint(3, 9, (4, 5)), np.ones((2, 2), int)) * 7),
]:
    # Of 64 bits, mode "outer" marks pixels that touch the background alone: its greatest id is no double.
    ids = ids.astype(np.int32)
    modes = {mode: np.flatnonzero(find_boundaries(ids, mode=mode)).tolist() for mode in ("thick", "inner", "outer")}
    marked = mark_boundaries(np.zeros(ids.shape), ids)
    modes["marked"] = np.flatnonzero(marked[..., 0] == 1).tolist()
    maps.append(dict(name=name, shape=ids.shape, ids=ids.ravel().tolist(), **modes))
ref["boundaries"] = maps

# get_image_and_mask
image = rng.randint(0, 256, (4, 6, 3)).astype(np.uint8)
segments = np.kron(np.array([[0, 1, 2], [3, 4, 0]]), np.ones((2, 2), int))
weights = [(3, -0.8), (1, 0.5), (0, -0.25), (4, 0.125), (2, 0.0)]
explanation = ImageExplanation(image, segments)
explanation.local_exp[0] = weights
cases = []
for positive, negative in [(True, False), (False, True), (False, False)]:
    for hide in (False, True):
        for features, least in [(1, 0.0), (2, 0.2), (5, 0.0), (5, 0.125), (3, 0.3)]:
            picture, mask = explanation.get_image_and_mask(0, positive, negative, hide, features, least)
            cases.append(dict(sign="both" if not (positive or negative) else "positive" if positive else "negative", hide_rest=hide,
                              num_features=features, min_weight=least, image=picture.ravel().astype(float).tolist(), mask=mask.ravel().tolist()))
ref["highlight"] = dict(shape=image.shape, image=image.ravel().tolist(), segments=segments.ravel().tolist(), weights=weights, cases=cases)

# Resizing, and other numbers of one picture.
picture = rng.randint(0, 256, (9, 14)).astype(np.float32)
sizes = []
for h, w in [(3, 7), (5, 5), (9, 20), (20, 3), (1, 1), (9, 7)]:
    sizes.append(dict(size=[h, w], values=np.asarray(Image.fromarray(picture).resize((w, h), Image.BILINEAR)).ravel().astype(float).tolist()))
ref["resize"] = dict(shape=picture.shape, values=picture.ravel().astype(float).tolist(), cases=sizes)
colours = rng.randint(0, 256, (2, 3, 4)).astype(np.uint8)
back = Image.new("RGBA", (3, 2), (10, 200, 90, 255))
ref["alpha"] = dict(rgba=colours.ravel().tolist(), background=[10, 200, 90],
                    over=np.asarray(Image.alpha_composite(back, Image.fromarray(colours)))[..., :3].ravel().tolist(),
                    gray=rgb2gray(colours[..., :3]).ravel().tolist())
ref["blur"] = dict(sigma=2.5, values=np.stack([ndimage.gaussian_filter(picture.astype(float), 2.5), ndimage.gaussian_filter(255.0 - picture.astype(float), 2.5)], -1).ravel().tolist())

# Files. JPEG in blocks of 8 of one colour each, so that the colours survive.
blocks = np.array([[[250, 0, 0], [0, 250, 0], [0, 0, 250]], [[0, 0, 0], [250, 250, 250], [120, 120, 120]]], np.uint8)
large = Image.fromarray(np.kron(blocks, np.ones((8, 8, 1), np.uint8)))
for orientation in (1, 6):
    exif = Image.Exif(); exif[0x112] = orientation
    large.save(f"{out}/files/orientation{orientation}.jpg", quality=95, subsampling=0, exif=exif)
large.save(f"{out}/files/progressive.jpg", quality=95, subsampling=0, progressive=True)
small = Image.fromarray(blocks)
for orientation in range(1, 9):
    exif = Image.Exif(); exif[0x112] = orientation
    small.save(f"{out}/files/orientation{orientation}.png", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(f"{out}/files/orientation{orientation}.png"))
    ref.setdefault("orientation", []).append(dict(size=[upright.height, upright.width], values=np.asarray(upright).ravel().tolist()))
frames = [Image.fromarray(np.full((4, 5), v, np.uint8)) for v in (200, 100, 50)]
for name, kind in [("animated.gif", {}), ("animated.webp", dict(lossless=True)), ("animated.png", {})]:
    frames[0].save(f"{out}/files/{name}", save_all=True, append_images=frames[1:], duration=50, **kind)
frames[0].save(f"{out}/files/still.gif")
small.save(f"{out}/files/still.webp", lossless=True)
frames[0].save(f"{out}/files/pages.tiff", save_all=True, append_images=frames[1:])
Image.fromarray(np.array([[0.25, -3.5], [7.0, 1e-3], [0.5, 1.0]], np.float32)).save(f"{out}/files/float.tiff")
Image.fromarray(np.array([[0.25, 1.0], [0.5, np.nan]], np.float32)).save(f"{out}/files/nan.tiff")
palette = Image.fromarray(np.array([[0, 1, 1], [2, 2, 0]], np.uint8), "P"); palette.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0]); palette.save(f"{out}/files/palette.png")
Image.fromarray(np.array([[True, False], [False, True]])).save(f"{out}/files/mask.png")
Image.fromarray(np.array([[0, 300, 65535], [300, 300, 7]], np.uint16)).save(f"{out}/files/labels16.png")
Image.fromarray(np.array([[[10, 128], [20, 255]]], np.uint8), "LA").save(f"{out}/files/gray_alpha.png")
Image.fromarray(np.array([[9, 8, 7]], np.uint8)).save(f"{out}/files/gray.png")
# Five bands of 16 bits, side by side and one after the other.
bands = np.arange(2 * 3 * 5, dtype="<u2").reshape(2, 3, 5) * 1000
for name, planar in [("bands.tiff", 1), ("planes.tiff", 2)]:
    data = bands.tobytes() if planar == 1 else np.ascontiguousarray(bands.transpose(2, 0, 1)).tobytes()
    plane = len(data) if planar == 1 else len(data) // 5
    strips = 1 if planar == 1 else 5
    tags = [(256, 4, [3]), (257, 4, [2]), (258, 3, [16] * 5), (259, 3, [1]), (262, 3, [1]), (273, 4, None), (274, 3, [1]), (277, 3, [5]),
            (278, 4, [2]), (279, 4, [plane] * strips), (284, 3, [planar]), (338, 3, [0] * 4), (339, 3, [1] * 5)]
    start = 8 + 2 + 12 * len(tags) + 4
    extra, ifd = b"", b""
    room = sum(len(v or [0] * strips) * (2 if k == 3 else 4) for _, k, v in tags if len(v or [0] * strips) * (2 if k == 3 else 4) > 4)
    for tag, kind, values in tags:
        if values is None: values = [start + room + i * plane for i in range(strips)]
        raw = struct.pack("<%d%s" % (len(values), "H" if kind == 3 else "I"), *values)
        if len(raw) > 4: ifd += struct.pack("<HHII", tag, kind, len(values), start + len(extra)); extra += raw
        else: ifd += struct.pack("<HHI", tag, kind, len(values)) + raw.ljust(4, b"\0")
    open(f"{out}/files/{name}", "wb").write(b"II*\0" + struct.pack("<IH", 8, len(tags)) + ifd + struct.pack("<I", 0) + extra + data)
json.dump(ref, open(f"{out}/view.json", "w"), separators=(",", ":"))
