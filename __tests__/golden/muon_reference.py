#!/usr/bin/python3
"""Golden values for Muon: the update of Jordan et al., 2024, as torch.optim.Muon of PyTorch 2.9 has it, in float64.

    muon_reference.py > muon.json

Needs what torch_reference.py needs; numbers come from the formula at its head, with seed 1: of case i the parameter is stream
9000 + 100·i, and its gradient in step s stream 9001 + 100·i + s, with the bound gradientBounds[s % 3]. Of large parameters every
`every`th element is kept. Each number of a gradient has `offset` times the bound added in float64, which makes one singular value much larger than the others.
Three errors say how far float32 and less is from these values, as a share of the largest change of
the parameter: `bfloat16` and `float32` of the same update in these, and `rounds` of float32 where five steps share one XXᵀ, which
is what heddle does.
"""
import json
import torch
from torch_reference import values

SEED, STEPS, CHECKED = 1, 4, [1, 4]
BOUNDS = [0.2, 2, 2e-5]
COEFFICIENTS = [3.4445, -4.7750, 2.0315]

def by_steps(x, coefficients, steps):
    a, b, c = coefficients
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x

def by_rounds(x, coefficients, steps, longest=5):
    a, b, c = coefficients
    unit = torch.eye(len(x), dtype=x.dtype)
    while steps > 0:
        gram, product = x @ x.T, unit
        for _ in range(min(steps, longest)):
            polynomial = a * unit + b * gram + c * gram @ gram
            product, gram = polynomial @ product, polynomial @ (polynomial @ gram)
        x, steps = product @ x, steps - longest
    return x

def orthogonal(direction, coefficients, steps, eps, way, dtype):
    x = direction.flatten(1).to(dtype)
    tall = x.shape[0] > x.shape[1]
    if tall: x = x.T
    x = way(x / x.norm().clamp(min=eps), coefficients, steps)
    return (x.T if tall else x).reshape(direction.shape).to(direction.dtype)

def run(i, shape, offset, options, dtype, way=by_steps, inner=None):
    """The parameter after each step, and the momentum in the end."""
    lr, decay = options['learningRate'], options.get('weightDecay', 0.1)
    mu, nesterov = options.get('momentum', 0.95), options.get('nesterov', True)
    p = values(SEED, 9000 + 100 * i, shape, 1).to(dtype)
    mean, after = torch.zeros_like(p), [p]
    for s in range(STEPS):
        bound = BOUNDS[s % 3]
        g = (values(SEED, 9001 + 100 * i + s, shape, bound).double() + offset * bound).float().to(dtype)
        mean = mu * mean + (1 - mu) * g
        direction = (1 - mu) * g + mu * mean if nesterov else mean
        x = orthogonal(direction, options.get('nsCoefficients', COEFFICIENTS), options.get('nsSteps', 5), options.get('eps', 1e-7),
                       way, inner or dtype)
        a, b = shape[0], direction[0].numel()
        adjusted = 0.2 * max(a, b) ** 0.5 if options.get('adjustLearningRate') == 'matchRmsAdamw' else max(1, a / b) ** 0.5
        p = p * (1 - lr * decay) - lr * adjusted * x
        after.append(p)
    return after, mean

CASES = [
    ([6, 40], dict(learningRate=0.05)),
    ([40, 6], dict(learningRate=0.05, weightDecay=0)),
    ([9, 9], dict(learningRate=0.05, nesterov=False)),
    ([1, 7], dict(learningRate=0.05)),
    ([7, 1], dict(learningRate=0.05)),
    ([1, 1], dict(learningRate=0.05)),
    ([12, 3, 3, 3], dict(learningRate=0.05, momentum=0.6)),
    ([20, 2, 1, 3], dict(learningRate=0.05, weightDecay=0.5)),
    ([5, 8], dict(learningRate=0.05, adjustLearningRate='matchRmsAdamw')),
    ([5, 8], dict(learningRate=0.05, nsSteps=12, nsCoefficients=[2, -1.5, 0.5])),
    ([5, 8], dict(learningRate=0.05, nsSteps=11)),
    ([5, 8], dict(learningRate=0.05, nsSteps=1, momentum=0, eps=1)),
    ([70, 90], dict(learningRate=0.05)),
    ([1100, 40], dict(learningRate=0.05)),
    ([24, 16, 3, 3], dict(learningRate=0.05)),
    ([12, 40], dict(learningRate=0.05), 50),
    ([40, 40], dict(learningRate=0.05), 1000),
]

def numbers(tensor, every): return [float(f'{v:.9g}') for v in tensor.flatten().tolist()[::every]]

def case(i, shape, options, offset=0):
    after, mean = run(i, shape, offset, options, torch.float64)
    every = max(1, mean.numel() // 120)
    largest = max((q - p).abs().max().item() for p, q in zip(after, after[1:]))
    def error(*how):
        return max((x.double() - y).abs().max().item() for x, y in zip(run(i, shape, offset, options, torch.float32, *how)[0], after)) / largest
    errors = dict(bfloat16=error(by_steps, torch.bfloat16), float32=error(by_steps), rounds=error(by_rounds))
    return dict(shape=shape, offset=offset, options=options, every=every, after=[numbers(after[s], every) for s in CHECKED],
                momentum_buffer=numbers(mean, every), largest=float(f'{largest:.3g}'),
                errors={k: float(f'{v:.2g}') for k, v in errors.items()})

cases = [case(i, *one) for i, one in enumerate(CASES)]
print(json.dumps(dict(seed=SEED, gradientBounds=BOUNDS, steps=CHECKED, cases=cases), separators=(',', ':')))
