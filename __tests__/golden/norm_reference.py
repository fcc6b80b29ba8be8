#!/usr/bin/python3
"""Golden values from PyTorch for the layers that normalize.

    norm_reference.py > norm.json

Needs what torch_reference.py needs. For each layer of CASES, printed as PyTorch prints it, with an input shape:
    sizes          samples of the batches that it is trained with, of which the last one's results are given
    y, dx          output and gradient of the input for that batch
    state          the state dict behind it, row by row
    gradients      of its parameters
    evaluated      the output in evaluation mode for the first batch, behind all that
    float32Error   how far PyTorch's own float32 is off: the largest difference of a result's numbers, as a share of the
                   largest of them, over all results and five seeds; running_mean and running_var are one, as a mean may
                   be near 0

Results are those of float64. Numbers come from the formula at torch_reference.py's head: batch i is stream 8100 + i, its
upstream gradient stream 8200 + i, in ±√3; weight is stream 8000, 1 ± 0.5, bias stream 8001, ± 0.5; the seed is 1.
"""
import json
import torch, torch.nn as nn
from torch_reference import values

ONE, TWO, IMAGE, PIXEL, FEATURES = nn.BatchNorm1d, nn.BatchNorm2d, (6, 3, 5), (6, 1, 1), (6,)
CASES = [
    (ONE(6), FEATURES, [4, 3]), (ONE(6, affine=False), FEATURES, [4, 3]), (ONE(17, eps=0.5, momentum=0.4), (17,), [3, 3]),
    (ONE(6, momentum=None), FEATURES, [4, 2, 3]), (ONE(6, track_running_stats=False), FEATURES, [4, 3]),
    (TWO(6, affine=False), IMAGE, [3, 2]), (TWO(6, momentum=None), IMAGE, [3, 1, 2]), (TWO(6, momentum=None), PIXEL, [4, 3]),
    (TWO(6, track_running_stats=False), IMAGE, [3, 1]), (TWO(6, affine=False, track_running_stats=False), PIXEL, [4, 3]),
    (TWO(1, affine=False, momentum=None), (1, 3, 2), [1, 2]),
    (nn.LayerNorm(6), FEATURES, [3, 1]), (nn.LayerNorm(17, eps=0.1, elementwise_affine=False), (17,), [3, 2]),
    (nn.LayerNorm([6, 3, 5]), IMAGE, [3, 2]), (nn.LayerNorm([3, 5]), IMAGE, [3, 2]), (nn.LayerNorm(5), IMAGE, [3, 1]),
    (nn.LayerNorm([6, 3, 5], elementwise_affine=False), IMAGE, [2, 1]), (nn.LayerNorm([6, 1, 1]), PIXEL, [3, 2]),
    (nn.LayerNorm([3, 2]), (1, 3, 2), [2, 2]),
    (nn.GroupNorm(3, 6), IMAGE, [3, 2]), (nn.GroupNorm(1, 6), IMAGE, [2, 1]), (nn.GroupNorm(6, 6), IMAGE, [2, 1]),
    (nn.GroupNorm(2, 6), FEATURES, [3, 1]), (nn.GroupNorm(2, 6, eps=1e-3, affine=False), IMAGE, [2, 2]),
    (nn.GroupNorm(2, 6), PIXEL, [3, 2]), (nn.GroupNorm(17, 17), (17, 2, 2), [2, 1]), (nn.GroupNorm(1, 1), (1, 3, 2), [2, 1]),
]

def run(layer, shape, sizes, dtype, seed=1):
    layer = type(layer)(**settings(layer)).to(dtype).train()
    for i, (name, parameter) in enumerate(layer.named_parameters()):
        parameter.data = (values(seed, 8000 + i, tuple(parameter.shape), 0.5) + (name == 'weight')).to(dtype)
    batches = [values(seed, 8100 + i, (n, *shape), 3 ** 0.5).to(dtype) for i, n in enumerate(sizes)]
    for i, x in enumerate(batches):
        layer.zero_grad(); x = x.clone().requires_grad_(True); y = layer(x)
        y.backward(values(seed, 8200 + i, tuple(y.shape), 3 ** 0.5).to(dtype))
    results = dict(y=y.detach(), dx=x.grad, **{f'state.{k}': v.clone() for k, v in layer.state_dict().items()})
    results.update({f'gradient.{k}': p.grad for k, p in layer.named_parameters()})
    with torch.no_grad(): results['evaluated'] = layer.eval()(batches[0])
    return results

def settings(layer):
    names = dict(BatchNorm1d='num_features', BatchNorm2d='num_features', LayerNorm='normalized_shape', GroupNorm='num_groups num_channels')
    options = 'eps momentum affine track_running_stats elementwise_affine'
    return {k: getattr(layer, k) for k in f'{names[type(layer).__name__]} {options}'.split() if hasattr(layer, k)}

def measured_error(exact, found):
    owner = lambda k: 'running' if 'running_' in k else k
    floats = [k for k in exact if exact[k].is_floating_point()]
    largest = lambda k: max(exact[other].abs().max().item() for other in floats if owner(other) == owner(k))
    return max((found[k].double() - exact[k]).abs().max().item() / largest(k) for k in floats)

def golden(layer, shape, sizes):
    exact = run(layer, shape, sizes, torch.float64)
    runs = [[run(layer, shape, sizes, dtype, seed) for dtype in (torch.float64, torch.float32)] for seed in range(1, 6)]
    numbers = {k: [float(f'{x:.9g}') for x in v.flatten().tolist()] for k, v in exact.items()}
    part = lambda prefix: {k[len(prefix):]: v for k, v in numbers.items() if k.startswith(prefix)}
    return dict(layer=str(layer), shape=shape, sizes=sizes, y=numbers['y'], dx=numbers['dx'], evaluated=numbers['evaluated'],
                state=part('state.'), gradients=part('gradient.'), float32Error=max(measured_error(*each) for each in runs))

if __name__ == '__main__': print(json.dumps([golden(*case) for case in CASES], separators=(',', ':')))
