"""The golden numbers of PedAnovaTests, by NumPy: a second writing of the formulas, from the docstring of PedAnova alone.

Run with /usr/bin/python3 (Debian python3-numpy).
"""
import math
import numpy as np

Phi = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)))


def masses(ends, x, kernel):
    widths = np.diff(ends)
    n = len(x)
    if not kernel:
        counts = np.bincount(x, minlength=len(widths)).astype(float)
        return (counts + widths) / (n + 1)
    h = max(1.06 * np.std(x, ddof=1) * n ** -0.2, 1 / 50)
    cdf = Phi((ends[None, :] - x[:, None]) / h)
    each = np.diff(cdf, axis=1) / (cdf[:, -1] - cdf[:, 0])[:, None]
    return (each.sum(axis=0) + widths) / (n + 1)


def divergence(ends, x, best, kernel):
    ratio = masses(ends, x[:best], kernel) / masses(ends, x, kernel)
    widths = np.diff(ends)
    density = ratio / np.sum(widths * ratio)
    return np.sum(widths * (density - 1) ** 2)


i = np.arange(20)
x = np.sqrt(i + 0.5) / math.sqrt(20)
print("continuous ", repr(divergence(np.linspace(0, 1, 51), x, 4, True)))
c = (i * i + i // 3) % 3
print("categorical", repr(divergence(np.linspace(0, 1, 4), c, 4, False)))
o = (i // 2) % 4
print("ordinal    ", repr(divergence(np.linspace(0, 1, 5), (o + 0.5) / 4, 4, True)))
