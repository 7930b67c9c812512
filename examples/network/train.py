"""A small neural network in plain Python, tuned from outside through HyperCloud's `command` runner.

It learns to tell malignant from benign tumours (examples/data/breast-cancer.csv). Every fifth row is test data, always the same and never
read while searching; the seed cuts the other rows into training and validation data, draws the weights and orders the batches.

Where there is a checkpoint folder, training goes on behind the last epoch saved there, bit for bit as if it had never stopped.
"""
import argparse
import csv
import json
import math
import os
import pickle
import random
from operator import mul

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=8)
parser.add_argument("--learning_rate", type=float, default=0.01)
parser.add_argument("--momentum", type=float, default=0.0)
parser.add_argument("--l2", type=float, default=1e-4)
parser.add_argument("--activation", choices=["tanh", "relu"], default="tanh")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
rng = random.Random(args.seed)


def load():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "data", "breast-cancer.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith("mean_")]
    return [([float(row[name]) for name in names], int(row["malignant"])) for row in rows]


def standardise(parts, reference):
    columns = list(zip(*(x for x, _ in reference)))
    means = [sum(c) / len(c) for c in columns]
    deviations = [math.sqrt(sum((v - m) ** 2 for v in c) / len(c)) or 1.0 for c, m in zip(columns, means)]
    return [[([(v - m) / d for v, m, d in zip(x, means, deviations)], y) for x, y in part] for part in parts]


def forward(x):
    sums = [sum(map(mul, w, x)) + b for w, b in zip(w1, b1)]
    h = [math.tanh(s) for s in sums] if args.activation == "tanh" else [s if s > 0 else 0.0 for s in sums]
    z = sum(map(mul, w2, h)) + b2[0]
    return h, 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def loss(data):
    return -sum(math.log(max(1e-12, p if y else 1 - p)) for x, y in data for p in [forward(x)[1]]) / len(data)


rows = load()
test, rest = rows[::5], [row for i, row in enumerate(rows) if i % 5]
rng.shuffle(rest)
cut = len(rest) // 4
train, validation, test = standardise([rest[cut:], rest[:cut], test], rest[cut:])

inputs = len(train[0][0])
w1 = [[rng.gauss(0, 1 / math.sqrt(inputs)) for _ in range(inputs)] for _ in range(args.hidden)]
w2 = [rng.gauss(0, 1 / math.sqrt(args.hidden)) for _ in range(args.hidden)]
b1, b2 = [0.0] * args.hidden, [0.0]
layers = w1 + [w2, b1, b2]
speeds = [[0.0] * len(layer) for layer in layers]


checkpoint = os.path.join(os.environ["HYPERCLOUD_CHECKPOINT_DIR"], "network.pickle") if "HYPERCLOUD_CHECKPOINT_DIR" in os.environ else None
epochs_done, report = 0, None
if checkpoint and os.path.exists(checkpoint):
    with open(checkpoint, "rb") as file:
        epochs_done, report, saved_layers, speeds, state, train = pickle.load(file)
    for layer, saved in zip(layers, saved_layers):
        layer[:] = saved
    rng.setstate(state)
    if epochs_done >= args.epochs:
        print("::hypercloud::", json.dumps(report), flush=True)

for epoch in range(epochs_done + 1, args.epochs + 1):
    rng.shuffle(train)
    for start in range(0, len(train), args.batch):
        batch = train[start:start + args.batch]
        gradients = [[args.l2 * v for v in layer] for layer in w1 + [w2]] + [[0.0] * args.hidden, [0.0]]
        for x, y in batch:
            h, p = forward(x)
            error = (p - y) / len(batch)
            for j in range(args.hidden):
                gradients[-3][j] += error * h[j]
                slope = 1 - h[j] * h[j] if args.activation == "tanh" else float(h[j] > 0)
                back = error * w2[j] * slope
                if back:
                    gradients[j] = [g + back * v for g, v in zip(gradients[j], x)]
                    gradients[-2][j] += back
            gradients[-1][0] += error
        for layer, speed, gradient in zip(layers, speeds, gradients):
            for i, g in enumerate(gradient):
                speed[i] = args.momentum * speed[i] - args.learning_rate * g
                layer[i] += speed[i]
    report = {"step": epoch, "loss": loss(validation)}
    if os.environ.get("HYPERCLOUD_POOL") == "evaluation":
        report["test_loss"] = loss(test)  # Read when the champion is evaluated, and at no other time.
    if checkpoint:  # Written whole under another name first: the process may be killed at any moment.
        with open(checkpoint + ".new", "wb") as file:
            pickle.dump((epoch, report, layers, speeds, rng.getstate(), train), file)
        os.replace(checkpoint + ".new", checkpoint)
    print("::hypercloud::", json.dumps(report), flush=True)
