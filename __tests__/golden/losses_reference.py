#!/usr/bin/python3
"""Golden values from PyTorch for the losses, in float64.

    losses_reference.py > losses.json

Needs what torch_reference.py needs; numbers come from the formula at its head, with seed 1. Of case i the outputs are stream
7000 + i with the case's bound; float targets are stream 7100 + i of bound 2 or, of BCEWithLogitsLoss, 0 or 1 by whether they are
above 0, and (t + 2) / 4 where `soft`; class numbers are stored, a share of them `ignored`.
"""
import json
import numpy as np
import torch, torch.nn as nn
from torch_reference import uniform, values

SEED = 1
PYTORCH = dict(posWeight='pos_weight', ignoreIndex='ignore_index', labelSmoothing='label_smoothing')
SHAPES = [(1, 1), (5, 3), (3, 17), (2, 1, 1, 1), (2, 3, 2, 5)]

def weights(n): return [0.25 * (i % 5) + 0.5 for i in range(n)]

def cases():
    found = []
    for options, shape, bound, ignored in [
            ({}, (1, 1), 8, 0), ({}, (5, 10), 1e4, 0), (dict(weight=weights(10)), (5, 10), 8, 0),
            (dict(weight=weights(17), labelSmoothing=0.1), (7, 17), 8, 0), (dict(ignoreIndex=-100), (9, 3), 8, 0.4),
            (dict(ignoreIndex=1), (9, 3), 1e4, 0), (dict(weight=[0, 2, 1], ignoreIndex=2, labelSmoothing=0.3), (9, 3), 8, 0.2),
            (dict(labelSmoothing=1.0, weight=[1, 2]), (4, 2), 8, 0), ({}, (2, 4, 3, 5), 8, 0), (dict(labelSmoothing=0.2), (1, 3, 1, 1), 8, 0),
            (dict(weight=weights(5), ignoreIndex=255, labelSmoothing=0.1), (3, 5, 4, 3), 8, 0.3)]:
        found.append(dict(loss='CrossEntropyLoss', options=options, shape=shape, bound=bound, ignored=ignored))
    for shape in SHAPES:
        for options, bound, soft in [({}, 8, False), ({}, 1e4, False), (dict(posWeight=weights(shape[1])), 8, True),
                                     (dict(weight=weights(shape[1]), posWeight=[3] * shape[1]), 30, False)]:
            found.append(dict(loss='BCEWithLogitsLoss', options=options, shape=shape, bound=bound, soft=soft))
        for loss, options, bound in [('MSELoss', {}, 2), ('MSELoss', {}, 1e4), ('L1Loss', {}, 2), ('SmoothL1Loss', {}, 3),
                                     ('SmoothL1Loss', dict(beta=0.25), 2), ('SmoothL1Loss', dict(beta=0), 2)]:
            found.append(dict(loss=loss, options=options, shape=shape, bound=bound))
    return found

def target_of(case, i):
    shape = case['shape']
    if case['loss'] == 'CrossEntropyLoss':
        count = int(np.prod(shape)) // shape[1]
        target = (uniform(SEED, 7100 + i, count) * shape[1]).astype(np.int64)
        target[uniform(SEED, 7200 + i, count) < case['ignored']] = case['options'].get('ignoreIndex', 0)
        return torch.tensor(target.reshape((shape[0], *shape[2:])))
    target = values(SEED, 7100 + i, shape, 2)
    if case['loss'] != 'BCEWithLogitsLoss': return target
    return (target + 2) / 4 if case['soft'] else (target > 0).float()

def criterion(case):
    options = {PYTORCH.get(k, k): v for k, v in case['options'].items()}
    for name in ('weight', 'pos_weight'):
        if name in options:
            options[name] = torch.tensor(options[name]).double()
            if case['loss'] == 'BCEWithLogitsLoss': options[name] = options[name].reshape(-1, *[1] * (len(case['shape']) - 2))
    return getattr(nn, case['loss'])(**options)

def golden(case, i):
    x = values(SEED, 7000 + i, case['shape'], case['bound']).double().requires_grad_(True)
    target = target_of(case, i)
    loss = criterion(case)(x, target.double() if target.is_floating_point() else target); loss.backward()
    stored = {} if target.is_floating_point() else dict(targets=target.flatten().tolist())
    return dict(**case, **stored, value=loss.item(), gradient=[float(f'{g:.12g}') for g in x.grad.flatten().tolist()])

print(json.dumps(dict(seed=SEED, cases=[golden(case, i) for i, case in enumerate(cases())])))
