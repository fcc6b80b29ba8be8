#!/usr/bin/python3
"""Golden values from PyTorch for training with frozen modules and parameters.

    frozen_reference.py > frozen.json

Needs what torch_reference.py needs. A small network of two blocks with BatchNorm takes STEPS steps of SGD with momentum and
weight decay. A frozen module gets eval() and requires_grad_(False), a parameter that is frozen by its name the latter; the
optimizer has all parameters. For each case of CASES:
    losses         of the steps
    state          the state dict behind them, counters and all, row by row
    float32Error   how far PyTorch's own float32 is off, see measured_error

Numbers are those of float64. Inputs, upstream labels and the state before come from the formula at torch_reference.py's head,
by blocks_reference.py's `fill`, with the first seed for which no ReLU's input lies within MARGIN of 0 in any step.
"""
import itertools, json
import torch, torch.nn as nn
from blocks_reference import MARGIN, closest, fill, relu
from torch_reference import values

STEPS, SAMPLES, INPUT, CLASSES = 3, 5, (2, 6, 5), 3
CASES = dict(nothing=[], features=['features'], middle=['middle'], parameters=['features', 'middle.conv.weight', 'middle.norm.bias'])

class Block(nn.Module):
    def __init__(self, inputs, outputs, p):
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(inputs, outputs, 3, 1, 1), nn.BatchNorm2d(outputs), nn.Dropout(p)
    def forward(self, x): return self.drop(relu(self.norm(self.conv(x))))

class Net(nn.Module):
    """With Dropout where it does nothing: in a frozen block."""
    def __init__(self, frozen):
        super().__init__()
        p = lambda name: 0.5 if name in frozen else 0.0
        self.features, self.middle = Block(2, 8, p('features')), Block(8, 8, p('middle'))
        self.classifier = nn.Linear(8 * INPUT[1] * INPUT[2], CLASSES)
    def forward(self, x): return self.classifier(self.middle(self.features(x)).flatten(1))

def freeze(model, names):
    modules, parameters = dict(model.named_modules()), dict(model.named_parameters())
    for name in names:
        if name in modules: modules[name].eval()
        (modules[name] if name in modules else parameters[name]).requires_grad_(False)

def run(names, seed, dtype):
    model = Net(names); fill(model, seed); model.to(dtype).train(); freeze(model, names); closest.clear()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.1)
    losses = []
    for step in range(STEPS):
        x = values(seed, 8100 + step, (SAMPLES, *INPUT), 3 ** 0.5).to(dtype)
        optimizer.zero_grad(); loss = nn.functional.cross_entropy(model(x), torch.arange(SAMPLES) % CLASSES); loss.backward()
        optimizer.step(); losses.append(loss.item())
    return losses, model.state_dict(), min(closest)

def measured_error(exact, found):
    """The largest difference of a tensor's numbers, as a share of the largest of them, over all that are trained or frozen."""
    floats = [k for k in exact if exact[k].is_floating_point()]
    return max(((found[k].double() - exact[k]).abs().max() / exact[k].abs().max()).item() for k in floats)

def golden(names):
    for seed in itertools.count(1):
        losses, state, kink = run(names, seed, torch.float64)
        if kink > MARGIN: break
    errors = []
    for onednn in [True, False]:
        with torch.backends.mkldnn.flags(enabled=onednn): errors.append(measured_error(state, run(names, seed, torch.float32)[1]))
    numbers = {k: [float(f'{x:.9g}') for x in v.flatten().tolist()] for k, v in state.items()}
    return dict(seed=seed, frozen=names, losses=losses, state=numbers, float32Error=max(errors))

if __name__ == '__main__': print(json.dumps({name: golden(names) for name, names in CASES.items()}, separators=(',', ':')))
