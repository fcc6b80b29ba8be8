#!/usr/bin/python3
"""Golden values from PyTorch for convolutions with groups and dilation, and for transposed ones.

    convolutions_reference.py > convolutions.json

Needs what torch_reference.py needs. A list of cases:
    type, arguments              of the layer, as heddle spells them
    inputShape, samples          of the batch
    description, shapes          what PyTorch prints, and the state dict's names with their shapes
    y, dx, dweight, dbias        the output and the gradients, row-major, of float64, rounded once
    sizes                        for each of these the largest sum of its terms' absolute values, times the number of terms and
                                 two more: 2^-24 of it bounds what roundings to float32 can do to a direct sum

The numbers that go in are torch_reference.py's formula with the case's place as the seed: stream 0 for the input, 1 for dy, 2
for the weight, 3 for the bias, all within 1 of 0.
"""
import json, sys
import torch, torch.nn as nn
from torch_reference import values

SNAKE = dict(stride='stride', padding='padding', dilation='dilation', groups='groups', bias='bias', outputPadding='output_padding')
conv = lambda *arguments, **options: ('Conv2d', [*arguments, options])
transposed = lambda *arguments, **options: ('ConvTranspose2d', [*arguments, options])

CASES = [
    # Without groups and dilation: padding beyond the kernel, strides that leave a rest, one pixel.
    (conv(3, 5, 2, padding=3), (3, 3, 4), 2),
    (conv(2, 3, 3, padding=[0, 2]), (2, 4, 3), 2),
    (conv(1, 3, [3, 1], padding=[4, 2], stride=[3, 2]), (1, 4, 5), 2),
    (conv(3, 4, 3, stride=2), (3, 6, 8), 3),
    (conv(5, 3, 1, stride=2), (5, 4, 5), 2),
    (conv(5, 9, 1, stride=[2, 3], padding=1, bias=False), (5, 5, 4), 1),
    (conv(17, 5, 3, padding=1), (17, 1, 1), 1),
    # Each channel by itself.
    (conv(1, 1, 3, padding=1, groups=1), (1, 5, 6), 3),
    (conv(3, 3, 3, padding=1, groups=3), (3, 4, 9), 2),
    (conv(5, 5, 3, stride=2, padding=1, groups=5), (5, 7, 6), 2),
    (conv(17, 17, 5, stride=2, padding=2, groups=17, bias=False), (17, 5, 4), 3),
    (conv(8, 8, 5, padding=2, groups=8), (8, 2, 7), 1),
    (conv(16, 16, 3, stride=2, padding=1, groups=16), (16, 8, 2), 2),
    (conv(12, 12, [2, 4], stride=[3, 1], padding=[0, 3], dilation=[1, 2], groups=12), (12, 6, 5), 2),
    (conv(4, 4, 3, stride=4, padding=5, dilation=2, groups=4), (4, 7, 9), 2),
    (conv(3, 3, 1, stride=2, groups=3), (3, 5, 5), 2),
    (conv(9, 9, 3, padding=1, groups=9), (9, 1, 1), 1),
    # Groups.
    (conv(4, 12, 3, padding=1, groups=4), (4, 4, 5), 2),
    (conv(6, 4, 3, stride=2, padding=1, groups=2), (6, 5, 6), 3),
    (conv(16, 16, 3, padding=1, groups=2, bias=False), (16, 3, 3), 2),
    (conv(10, 15, 1, groups=5), (10, 3, 2), 2),
    # Dilation.
    (conv(2, 9, 3, padding=2, dilation=2), (2, 5, 6), 2),
    (conv(8, 8, 3, padding=1, dilation=[1, 3]), (8, 4, 7), 2),
    (conv(6, 9, [3, 2], stride=[2, 3], padding=[3, 1], dilation=[3, 2], groups=3), (6, 5, 8), 2),
    # Transposed.
    (transposed(3, 5, 3), (3, 4, 3), 2),
    (transposed(8, 4, 2, stride=2), (8, 3, 4), 3),
    (transposed(5, 1, 3, stride=2, padding=1, outputPadding=1), (5, 3, 4), 2),
    (transposed(4, 6, [3, 2], stride=[1, 3], padding=[2, 0], outputPadding=[0, 2], groups=2, bias=False), (4, 4, 3), 2),
    (transposed(6, 6, 3, stride=2, padding=1, dilation=2, outputPadding=1, groups=6), (6, 3, 3), 2),
    (transposed(17, 3, 1), (17, 1, 1), 1),
    (transposed(9, 8, 4, stride=2, padding=1), (9, 3, 2), 1),
]

def run(kind, arguments, shape, samples, seed, dtype, absolute=False):
    *places, options = arguments
    layer = getattr(nn, kind)(*places, **{SNAKE[k]: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
    taken = lambda stream, shape: (lambda v: v.abs() if absolute else v)(values(seed, stream, tuple(shape))).to(dtype)
    layer.to(dtype)
    layer.weight.data = taken(2, layer.weight.shape)
    if layer.bias is not None: layer.bias.data = taken(3, layer.bias.shape)
    x = taken(0, (samples, *shape)).requires_grad_(True)
    y = layer(x)
    y.backward(taken(1, y.shape))
    results = dict(y=y.detach(), dx=x.grad, dweight=layer.weight.grad)
    if layer.bias is not None: results['dbias'] = layer.bias.grad
    return layer, results

def terms(layer, results):
    """How many products go into a number of each result, at most."""
    taps = layer.kernel_size[0] * layer.kernel_size[1]
    pixels = min(results['y'][0, 0].numel(), results['dx'][0, 0].numel()) * results['y'].shape[0]
    return dict(y=layer.in_channels // layer.groups * taps + 1, dx=layer.out_channels // layer.groups * taps,
                dweight=pixels, dbias=results['y'][:, 0].numel())

def golden(place, case):
    (kind, arguments), shape, samples = case
    layer, results = run(kind, arguments, shape, samples, place, torch.float64)
    sizes = {k: v.abs().max().item() for k, v in run(kind, arguments, shape, samples, place, torch.float64, True)[1].items()}
    counts = terms(layer, results)
    # Nine digits tell a float32.
    numbers = lambda t: [float(f'{v:.9g}') for v in t.float().flatten().tolist()]
    return dict(type=kind, arguments=arguments, inputShape=list(shape), samples=samples, description=repr(layer),
                shapes={k: list(v.shape) for k, v in layer.state_dict().items()}, outputShape=list(results['y'].shape[1:]),
                sizes={k: float(f'{(counts[k] + 2) * sizes[k]:.4g}') for k in results},
                **{k: numbers(v) for k, v in results.items()})

if __name__ == '__main__':
    cases = [json.dumps(golden(place, case), separators=(',', ':')) for place, case in enumerate(CASES)]
    sys.stdout.write('[\n' + ',\n'.join(cases) + '\n]\n')
