#!/usr/bin/python3
"""Golden values for what an evaluation's page says: the statistics of a classifier's answers.

    evaluation_reference.py > evaluation.json

Needs python3-torch and python3-numpy. Logits are drawn by torch's generator and stored with float32's digits, labels too. The bins
are numpy's; the ends of an interval solve the normal approximation's test of a share by bisection, so that no closed form of
Wilson's is taken over.
"""
import json
from math import sqrt
from statistics import NormalDist
import numpy as np
import torch

def case(samples, classes, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = (torch.randn(samples, classes, generator=generator) * scale).float()
    # A class has no samples where there are more than three.
    labels = torch.randint(0, classes - (classes > 3), (samples,), generator=generator)
    probabilities = torch.softmax(logits, 1)
    confidences, predictions = probabilities.max(1)
    right = (predictions == labels).double().numpy()
    confidences = confidences.double().numpy()
    bins = np.digitize(confidences, np.arange(1, 10) / 10)
    counts = np.bincount(bins, minlength=10)
    mean = lambda values: [float(values[bins == b].mean()) if counts[b] else 0.0 for b in range(10)]
    accuracies, means = mean(right), mean(confidences)
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (labels.numpy(), predictions.numpy()), 1)
    present = matrix.sum(1) > 0
    return dict(classes=classes, labels=labels.tolist(), predictions=predictions.tolist(),
                probabilities=[float(f'{p:.9g}') for p in probabilities.flatten().tolist()], matrix=matrix.tolist(),
                macro=float((np.diag(matrix)[present] / matrix.sum(1)[present]).mean()),
                counts=counts.tolist(), accuracies=accuracies, means=means,
                error=float(sum(c * abs(a - m) for c, a, m in zip(counts, accuracies, means)) / samples))

def interval(right, count):
    z = NormalDist().inv_cdf(0.975)
    share = right / count
    def bound(inside, outside):
        for _ in range(200):
            middle = (inside + outside) / 2
            if abs(share - middle) <= z * sqrt(middle * (1 - middle) / count): inside = middle
            else: outside = middle
        return inside
    return [bound(share, 0) if right else 0, bound(share, 1) if right < count else 1]

shares = [(0, 1), (1, 1), (0, 36), (36, 36), (1, 36), (9123, 10000), (50, 100), (99999, 100000)]
print(json.dumps(dict(cases=[case(57, 3, 2, 1), case(40, 7, 1, 2), case(30, 2, 6, 3), case(1, 4, 1, 4)],
                      intervals=[dict(right=r, count=c, interval=interval(r, c)) for r, c in shares])))
