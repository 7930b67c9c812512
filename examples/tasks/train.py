"""Fits a line by stochastic gradient descent on one of three made-up data sets; the seed draws the order of the rows and the start."""
import json
import os
import random

params = json.loads(os.environ["HYPERCLOUD_PARAMS"])
task = os.environ["HYPERCLOUD_TASK"]
rng = random.Random(int(os.environ["HYPERCLOUD_SEED"]))

# The data are the task's own, the same in every run: inputs, noise, and how many rows are far off.
noise, outliers = {"clean": (0.1, 0.0), "noisy": (1.0, 0.0), "outliers": (0.3, 0.1)}[task]
data = random.Random(task)
rows = []
for _ in range(200):
    x = data.uniform(-2, 2)
    rows.append((x, 3 * x - 1 + data.gauss(0, noise) + (20 if data.random() < outliers else 0)))
train, test = rows[:120], rows[120:]

a, b = rng.gauss(0, 1), rng.gauss(0, 1)
rate, clip = params["rate"], params["clip"]
for epoch in range(params["epochs"]):
    rng.shuffle(train)
    for x, y in train:
        error = max(-clip, min(clip, a * x + b - y))
        a -= rate * error * x
        b -= rate * error

# The median is what a line through most of the rows makes small.
loss = sorted(abs(a * x + b - y) for x, y in test)[len(test) // 2]
print("::hypercloud:: " + json.dumps({"loss": loss}), flush=True)
