"""xplique's Lime on a picture: see lime-image/benches/worker.rs, which does the same work."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
from xplique.attributions import Lime

import worker
from picture import picture, superpixels

tf.config.threading.set_intra_op_parallelism_threads(worker.threads)
tf.config.threading.set_inter_op_parallelism_threads(worker.threads)
side = 1024 if "1024" in worker.work else 299
pixels = (picture(side) / 255).astype(np.float32)[None]
output = np.ones((1, 1), dtype=np.float32)
segments = tf.constant(superpixels(side).astype(np.int32))
model = worker.model(lambda pictures: pictures[:, 0, 0, :1])
explainer = Lime(model, batch_size=10, map_to_interpret_space=lambda pixels: segments, nb_samples=worker.samples)
worker.serve(lambda: explainer.explain(pixels, output), "xplique", "tensorflow-cpu", "scikit-learn", "numpy")
