#!/usr/bin/python3
"""An optimizer's state between PyTorch and heddle, both ways: torchOptimizer.py [FOLDER], which keeps the files.

Needs Debian's python3-torch, safetensors (pip install safetensors), and heddle built. PyTorch trains a small network for three
steps and writes weights and optimizer; `node dist/benchmarks/interop/optimizer.js` goes on for three steps and writes both
anew; PyTorch reads them and trains three more. The weights must be those of nine steps in PyTorch alone, within a 100,000th of
the largest of each tensor, which another order of its sums alone may make; without the optimizer's state they are not.
"""
import json, subprocess, sys, tempfile
from pathlib import Path
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

program = Path(__file__).parents[2] / 'dist/benchmarks/interop/optimizer.js'
out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
out.mkdir(parents=True, exist_ok=True)


def network():
    """Without a bias before BatchNorm, whose gradient is nothing but rounding, of which Adam makes whole steps."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 64, 10))


def train(net, optimizer, batches):
    for x, y in batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()


def save_optimizer(optimizer, path):
    state = optimizer.state_dict()
    tensors = {f'state.{i}.{key}': torch.as_tensor(value, dtype=torch.float32).contiguous()
               for i, one in state['state'].items() for key, value in one.items() if value is not None}
    save_file(tensors, path, {'param_groups': json.dumps(state['param_groups'])})


def load_optimizer(optimizer, path):
    state = {}
    for name, tensor in load_file(path).items():
        _, i, key = name.split('.')
        state.setdefault(int(i), {})[key] = tensor
    with safe_open(path, 'pt') as file:
        optimizer.load_state_dict({'state': state, 'param_groups': json.loads(file.metadata()['param_groups'])})


def apart(ours, theirs):
    """The largest difference in a tensor, as a share of its largest element; those that start from 0 by a bound of their own."""
    return max(((a - b).abs().max() / a.abs().max().clamp(min=0.01)).item() for a, b in zip(ours, theirs))


def compare(name, settings, ours):
    torch.manual_seed(1)
    batches = [(torch.randn(32, 1, 8, 8), torch.randint(10, (32,))) for _ in range(9)]
    make = lambda net: getattr(torch.optim, name)(net.parameters(), **settings)
    whole = network()
    train(whole, make(whole), batches)

    net = network()
    optimizer = make(net)
    train(net, optimizer, batches[:3])
    save_file(net.state_dict(), out / 'model.safetensors')
    save_optimizer(optimizer, out / 'optimizer.safetensors')
    middle = {f'{what}.{i}': t for i, pair in enumerate(batches[3:6]) for what, t in zip(('images', 'labels'), pair)}
    save_file(middle, out / 'batches.safetensors')
    subprocess.run(['node', program, out, name, json.dumps(ours)], check=True)

    def last_steps(with_state):
        net = network()
        net.load_state_dict(load_file(out / 'model.safetensors'))
        optimizer = make(net)
        if with_state:
            load_optimizer(optimizer, out / 'optimizer.safetensors')
        train(net, optimizer, batches[6:])
        return apart(whole.parameters(), net.parameters())

    found, without = last_steps(True), last_steps(False)
    print(f'{name} {settings}: {found:.1e} apart from nine steps in PyTorch alone; without the state {without:.1e}', flush=True)
    if not found < 1e-5 or not without > 1e-3:
        sys.exit(f'{name}: the optimizer does not go on where it was')


compare('SGD', dict(lr=0.01, momentum=0.9, weight_decay=0.01), dict(learningRate=0.01, momentum=0.9, weightDecay=0.01))
for name in 'Adam', 'AdamW':
    compare(name, dict(lr=0.001, weight_decay=0.01), dict(learningRate=0.001, weightDecay=0.01))
compare('RMSprop', dict(lr=0.001, momentum=0.9, centered=True), dict(learningRate=0.001, momentum=0.9, centered=True))
