"""Breast cancer (569 rows, 30 features), as `lime-tabular/benches/support` has it, and the slopes of the model."""
import os

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
data = np.loadtxt(
    os.path.join(here, "../../../../lime-tabular/tests/data/breast_cancer.csv"), delimiter=",", skiprows=1, usecols=range(30)
)
slopes = np.sin(np.arange(30.0))
# Row 0 in units of its columns' deviations; their means are zeros then.
standardised = (data[0] - data.mean(axis=0)) / data.std(axis=0)
