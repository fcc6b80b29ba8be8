#!/usr/bin/python3
"""Golden values from PyTorch for the activation functions.

    activations_reference.py > activations.json

Needs what torch_reference.py needs. For each layer of LAYERS, by what PyTorch prints of it:
    cases         of each shape of SHAPES the output and the input's gradient, x and the upstream gradient being the formula's
                  streams 2·i and 2·i + 1 of case i, x within ±BOUND; float64, rounded once
    float32Error  the largest difference of PyTorch's own float32 from these outputs, and from these gradients, as a share of the
                  largest of all cases
    corners       the output and the gradient of float32 in every one of CORNERS, with an upstream gradient of 3, by PyTorch's
                  vector code; NaN is null
"""
import json
import torch, torch.nn as nn
from torch_reference import values

LAYERS = [nn.LeakyReLU(), nn.LeakyReLU(0.2), nn.LeakyReLU(-0.5), nn.LeakyReLU(0), nn.ReLU6(), nn.GELU(), nn.GELU('tanh'), nn.SiLU(),
          nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh(), nn.Softmax(1)]
SHAPES = [(2, 5, 4, 3), (1, 1, 1, 1), (3, 17, 1, 1), (1, 3, 5, 2), (3, 10), (1, 1)]
SEED, BOUND = 1, 8.0
E = 2.0 ** -22
CORNERS = [0.0, -0.0, 3.0, -3.0, 6.0, 3 - E, -3 + E, 3 + E, -3 - 2 * E, 6 - 2 * E, 6 + 2 * E, 1e-45, -1e-45, 1e-38, -1e-38, 88.0, -88.0, 90.0, -90.0,
           1e10, -1e10, float('inf'), -float('inf'), float('nan')]

def run(layer, x, dy):
    x = x.clone().requires_grad_(True)
    y = layer(x); y.backward(dy)
    return y.detach(), x.grad

def numbers(tensor):
    return [None if v != v else str(v).replace('inf', 'Infinity') if abs(v) == float('inf') else float(f'{v:.9g}') for v in tensor.reshape(-1).tolist()]

def cases(layer):
    """Of each shape what float64 gives, and what float32 gives."""
    for i, shape in enumerate(SHAPES):
        x, dy = values(SEED, 2 * i, shape, BOUND), values(SEED, 2 * i + 1, shape)
        yield run(layer, x.double(), dy.double()), run(layer, x, dy)

def golden(layer):
    exact, found = zip(*cases(layer))
    joined = lambda results, which: torch.cat([result[which].double().reshape(-1) for result in results])
    error = lambda which: ((joined(found, which) - joined(exact, which)).abs().max() / joined(exact, which).abs().max()).item()
    return dict(cases=[dict(shape=list(y.shape), y=numbers(y.float()), dx=numbers(dx.float())) for y, dx in exact],
                float32Error=dict(y=error(0), dx=error(1)))

def corners(layer):
    x = torch.tensor(CORNERS).repeat(8)
    y, dx = run(layer, x, torch.full_like(x, 3.0))
    return dict(y=numbers(y[:len(CORNERS)]), dx=numbers(dx[:len(CORNERS)]))

if __name__ == '__main__':
    layers = {str(layer): golden(layer) for layer in LAYERS}
    for layer in LAYERS[:-1]: layers[str(layer)]['corners'] = corners(layer)
    print(json.dumps(dict(seed=SEED, bound=BOUND, corners=numbers(torch.tensor(CORNERS)), layers=layers)))
