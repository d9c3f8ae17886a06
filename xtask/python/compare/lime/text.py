"""The original on texts: see lime-text/benches/worker.rs, which does the same work."""
import numpy as np
from lime.lime_text import LimeTextExplainer

import worker

words, distinct, bow = {
    "text-60": (60, 60, True),
    "text-400": (400, 240, True),
    "text-positions": (443, 240, False),
}[worker.work]
word = [i if i < distinct else i * i % distinct for i in range(words)]
text = "".join(f"word{word[i]}{'. ' if i % 12 == 11 else ' '}" for i in range(words))


@worker.model
def model(texts):
    length = np.array([len(text) for text in texts], dtype=float)
    return np.column_stack((length, length))


explainer = LimeTextExplainer(bow=bow, random_state=0)
worker.serve(lambda: explainer.explain_instance(text, model, num_samples=worker.samples), "lime", "scikit-learn", "numpy")
