"""xplique's Lime on a row: see lime-tabular/benches/worker.rs, which does the same work."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
from xplique.attributions import Lime

import worker
from table import slopes, standardised

tf.config.threading.set_intra_op_parallelism_threads(worker.threads)
tf.config.threading.set_inter_op_parallelism_threads(worker.threads)
slopes = tf.constant(slopes[:, None].astype(np.float32))
row, output = standardised[None].astype(np.float32), np.ones((1, 1), dtype=np.float32)
model = worker.model(lambda rows: rows @ slopes)
# Its defaults: Euclidean distance of the inputs, an exponential kernel of width 45, ridge with penalty 2.
# As many rows a batch as there are here, or all.
batch = worker.samples if worker.work == "xplique-whole" else 256
explainer = Lime(model, batch_size=batch, nb_samples=worker.samples)
worker.serve(lambda: explainer.explain(row, output), "xplique", "tensorflow-cpu", "scikit-learn", "numpy")
