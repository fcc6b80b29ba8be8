#!/usr/bin/python3
"""Golden values from PyTorch for pooling and upsampling.

    pooling_reference.py > pooling.json

Needs what torch_reference.py needs. A case is a layer: what PyTorch prints, the arguments of ours, the shape of the batch x, and PyTorch's
y and dx. x is stream 2i and dy stream 2i + 1 of the formula at torch_reference.py's head for the i-th case, seed 1; `levels` rounds x to
so many steps, so that windows have ties.

MaxPool2d and nearest neighbours are PyTorch's float32 (their y is exact), all else is float64, rounded once. The dx of nearest
neighbours is summed in float64 by the indices that they have in float32: PyTorch rounds each sum, and in float64 it has other indices.
"""
import json
import torch, torch.nn as nn
from torch_reference import values

MAX, AVERAGE, ADAPTIVE, UPSAMPLE = nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Upsample
CASES = [
    (MAX, [3], dict(stride=2, padding=1), (2, 5, 7, 6), 4), (MAX, [(2, 4)], dict(padding=(1, 2)), (2, 3, 5, 5), 4),
    (MAX, [3], dict(stride=2, ceil_mode=True), (2, 3, 6, 8), 4), (MAX, [2], dict(stride=3, padding=1, ceil_mode=True), (2, 1, 4, 6), 4),
    (MAX, [(3, 2)], dict(stride=1, dilation=(2, 3)), (2, 17, 6, 5), 4), (MAX, [3], dict(stride=2, padding=1, dilation=2, ceil_mode=True), (2, 3, 8, 7), 4),
    (MAX, [3], dict(padding=1), (3, 1, 1, 1), 4), (MAX, [5], dict(stride=4, ceil_mode=True), (1, 3, 2, 3), 4), (MAX, [1], dict(stride=2, dilation=9), (2, 3, 4, 3), 0),
    (MAX, [2], dict(stride=3, dilation=3, ceil_mode=True), (2, 3, 5, 4), 4),
    (AVERAGE, [2], {}, (2, 5, 6, 7), 0), (AVERAGE, [(3, 2)], dict(stride=(2, 1), padding=1), (2, 3, 5, 4), 0),
    (AVERAGE, [3], dict(stride=2, padding=1, ceil_mode=True), (2, 17, 6, 5), 0), (AVERAGE, [3], dict(stride=1, padding=1, count_include_pad=False), (2, 3, 4, 5), 0),
    (AVERAGE, [4], dict(stride=3, padding=2, ceil_mode=True, count_include_pad=False), (2, 1, 6, 7), 0), (AVERAGE, [(2, 5)], dict(stride=2, padding=(1, 2), ceil_mode=True, divisor_override=3), (2, 3, 5, 6), 0),
    (AVERAGE, [2], dict(stride=3), (2, 3, 7, 8), 0), (AVERAGE, [3], dict(padding=1), (1, 3, 1, 1), 0),
    (ADAPTIVE, [1], {}, (2, 17, 7, 6), 0), (ADAPTIVE, [(None, 3)], {}, (2, 3, 4, 7), 0), (ADAPTIVE, [(2, None)], {}, (2, 5, 7, 3), 0), (ADAPTIVE, [(3, 2)], {}, (2, 3, 6, 8), 0), (ADAPTIVE, [7], {}, (1, 3, 2, 3), 0), (ADAPTIVE, [(3, 2)], {}, (2, 3, 7, 6), 0),
    (UPSAMPLE, [], dict(scale_factor=2), (2, 5, 3, 4), 0), (UPSAMPLE, [], dict(scale_factor=(1.3, 2.5)), (2, 3, 7, 4), 0), (UPSAMPLE, [], dict(size=(7, 3)), (2, 17, 5, 5), 0),
    (UPSAMPLE, [], dict(scale_factor=0.6), (2, 3, 5, 7), 0), (UPSAMPLE, [], dict(scale_factor=(41, 2.1)), (1, 1, 2, 5), 0), (UPSAMPLE, [], dict(size=4), (1, 3, 1, 1), 0),
    (UPSAMPLE, [], dict(scale_factor=2, mode='bilinear'), (2, 5, 3, 4), 0), (UPSAMPLE, [], dict(scale_factor=(1.7, 0.5), mode='bilinear'), (2, 17, 4, 6), 0),
    (UPSAMPLE, [], dict(scale_factor=(1.1, 2.3), mode='bilinear'), (2, 3, 5, 4), 0), (UPSAMPLE, [], dict(size=(7, 3), mode='bilinear'), (2, 3, 5, 5), 0),
    (UPSAMPLE, [], dict(size=(9, 1), mode='bilinear', align_corners=True), (2, 3, 4, 3), 0), (UPSAMPLE, [], dict(scale_factor=3, mode='bilinear', align_corners=True), (2, 1, 3, 5), 0), (UPSAMPLE, [], dict(size=(3, 2), mode='bilinear'), (1, 3, 1, 1), 0),
]

OPTIONS = dict(ceil_mode='ceilMode', count_include_pad='countIncludePad', divisor_override='divisorOverride', scale_factor='scaleFactor', align_corners='alignCorners')

def gradient(module, x, dy):
    x = x.clone().requires_grad_(True); y = module(x); y.backward(dy.to(x.dtype))
    return y.detach(), x.grad

def golden(i, create, args, options, shape, levels):
    module, x = create(*args, **options), values(1, 2 * i, shape)
    if levels: x = (x * levels).round() / levels
    dy = values(1, 2 * i + 1, tuple(module(x).shape))
    y, dx = gradient(module, x if create is MAX else x.double(), dy)
    if create is UPSAMPLE and module.mode == 'nearest':
        places = torch.arange(shape[2] * shape[3], dtype=torch.float32).reshape(1, 1, *shape[2:])
        places = module(places).flatten().long()
        y, dx32 = gradient(module, x, dy)
        dx = torch.zeros(shape, dtype=torch.float64).flatten(2).index_add(2, places, dy.double().flatten(2)).reshape(shape)
        assert (dx - dx32).abs().max() < 1e-5
    ours = [*args, {OPTIONS.get(k, k): v for k, v in options.items()}] if options else args
    numbers = lambda t: [float(f'{v:.9g}') for v in t.float().flatten().tolist()]
    return dict(printed=str(module), type=create.__name__, arguments=ours, shape=shape, levels=levels, y=numbers(y), dx=numbers(dx))

if __name__ == '__main__':
    print(json.dumps([golden(i, *case) for i, case in enumerate(CASES)]))
