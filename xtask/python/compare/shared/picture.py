"""The picture that both sides work on, a photograph brought to a square in RGB, and its 56 superpixels."""
import os

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def picture(side):
    """Bytes, side x side x 3: the nearest pixel."""
    photograph = np.asarray(Image.open(os.path.join(here, "../../../../lime-image/tests/reference/coffee.png")).convert("RGB"))
    rows = np.arange(side) * photograph.shape[0] // side
    columns = np.arange(side) * photograph.shape[1] // side
    return np.ascontiguousarray(photograph[rows][:, columns])


def superpixels(side):
    """8 x 7 of them."""
    y, x = np.mgrid[:side, :side]
    return y * 8 // side * 7 + x * 7 // side
