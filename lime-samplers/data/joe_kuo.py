"""Writes joe_kuo.bin, the table of Sobol' direction numbers that src/sobol.rs reads.

    python joe_kuo.py        (needs numpy, and scipy for the numbers)

Source: S. Joe and F. Y. Kuo (2008), "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
Comput. 30(5), 2635-2654; their file new-joe-kuo-6.21201 (search criterion D6), which scipy ships as
scipy/stats/_sobol_direction_numbers.npz. Licence: LICENSE-joe-kuo, beside this file.

The table holds the dimensions whose primitive polynomial over GF(2) has a degree of 1 to 15, in the order of the file, as
little-endian 16-bit words. A dimension of degree s is the polynomial (bit s for x^s down to bit 0 for 1), then the initial
numbers m_1 .. m_s. The first dimension of the sequence has no polynomial and is not in the table.
"""

from pathlib import Path

import numpy as np
import scipy.stats

DEGREE = 15

numbers = np.load(Path(scipy.stats.__file__).parent / "_sobol_direction_numbers.npz")
words = []
for polynomial, initial in zip(numbers["poly"][1:].tolist(), numbers["vinit"][1:].tolist()):
    degree = polynomial.bit_length() - 1
    if degree > DEGREE:
        break
    words += [polynomial, *initial[:degree]]
    assert all(m % 2 == 1 and m < 2 ** (k + 1) for k, m in enumerate(initial[:degree]))

Path(__file__).with_name("joe_kuo.bin").write_bytes(np.array(words, dtype="<u2").tobytes())
