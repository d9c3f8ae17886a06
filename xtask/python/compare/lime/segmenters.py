"""scikit-image's segmenters: see lime-image/benches/worker.rs, which does the same work."""
from skimage import segmentation

import worker
from picture import picture

pixels = picture(299)
run = {
    "quickshift": lambda: segmentation.quickshift(pixels, kernel_size=4, max_dist=200, ratio=0.2, rng=42),
    "slic": lambda: segmentation.slic(pixels, n_segments=100, compactness=10, sigma=1, start_label=0),
    "felzenszwalb": lambda: segmentation.felzenszwalb(pixels, scale=100, sigma=0.5, min_size=50),
}[worker.work]
worker.serve(run, "scikit-image", "scipy", "numpy")
