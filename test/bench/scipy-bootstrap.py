"""The anchor of the statistics bench: scipy.stats.bootstrap doing the single intervals alone.

Reads {contestants, tasks, resamples, means} from stdin; prints milliseconds of the best of three.
"""

import json
import sys
import time

import numpy as np
from scipy import stats

task = json.load(sys.stdin)
means = np.array(task["means"]).reshape(task["contestants"], task["tasks"])
random = np.random.default_rng(1)
best = float("inf")
for _ in range(task["rounds"]):
    start = time.perf_counter()
    for row in means:
        stats.bootstrap(
            (row,), np.mean, n_resamples=task["resamples"], method="percentile", rng=random
        )
    best = min(best, time.perf_counter() - start)
print(best * 1000)
