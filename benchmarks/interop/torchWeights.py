#!/usr/bin/python3
"""Weights between PyTorch and heddle, both ways: torchWeights.py [FOLDER], which keeps the files.

Needs Debian's python3-torch and python3-numpy, safetensors (pip install safetensors), and heddle built. Trains the
network in PyTorch, saves it in four dtypes and has `node dist/evaluate.js` evaluate each file; trains it with `node
dist/train.js`, and loads that file in PyTorch, strictly. Both sides must predict the same classes for the 10,000 test
images, up to 3 whose two largest logits are near ties: within a thousandth of each other. An epoch of 6,000 images each,
at a rate of 0.05.
"""
import json, subprocess, sys, tempfile
from pathlib import Path
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

sys.path.append(str(Path(__file__).parents[1] / 'accuracy'))
from network import forward, load, network

dist = Path(__file__).parents[2] / 'dist'
out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
out.mkdir(parents=True, exist_ok=True)
# What heddle assumes of a file that says nothing.
mean, std = 0.286, 0.353


def train():
    torch.manual_seed(0)
    net, (x, y) = network(), load('train', mean, std)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    for batch in torch.randperm(6000).split(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(forward(net, x[batch]), y[batch]).backward()
        optimizer.step()
    return net


def logits(net, x):
    net.eval()
    with torch.no_grad():
        return torch.cat([forward(net, batch) for batch in x.split(500)])


def node(command, *arguments):
    ran = subprocess.run(['node', dist / f'{command}.js', '--json', *arguments], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def compare(title, state, weights, mean, std):
    """PyTorch with these tensors beside heddle with the file."""
    net, (x, y) = network(), load('t10k', mean, std)
    net.load_state_dict(state)
    ours = logits(net, x)
    [evaluation] = node('evaluate', '--weights', weights, '--predictions', out / 'predictions.txt')
    theirs = torch.tensor([int(line) for line in open(out / 'predictions.txt')])
    predictions = ours.argmax(1)
    differ = (predictions != theirs).nonzero().flatten()
    top = ours[differ].topk(2).values
    margins = (top[:, 0] - top[:, 1]).tolist()
    right = (predictions == y).sum().item()
    print(f'{title}: PyTorch {right / 100:.2f}%, loss {nn.functional.cross_entropy(ours, y):.6f}; heddle '
          f'{100 * evaluation["accuracy"]:.2f}%, loss {evaluation["loss"]:.6f}; {len(theirs)} predictions, '
          f'{len(differ)} differ, margins {margins}', flush=True)
    if len(theirs) != 10000 or len(differ) > 3 or max(margins, default=0) > 1e-3:
        sys.exit(f'{title}: the predictions are not the same')


state = train().state_dict()
for dtype in torch.float32, torch.float16, torch.bfloat16, torch.float64:
    title = str(dtype).replace('torch.', '')
    save_file({name: t.to(dtype) if t.is_floating_point() else t for name, t in state.items()}, out / f'{title}.safetensors')
    rounded = {name: t.to(dtype).float() if t.is_floating_point() else t for name, t in state.items()}
    compare(f'PyTorch to heddle, {title}', rounded, out / f'{title}.safetensors', mean, std)

run = Path(tempfile.mkdtemp(dir=out))
node('train', '--limit', '6000', '--epochs', '1', '--lr', '0.05', '--out', run / 'run')
weights = run / 'run' / 'model.safetensors'
with safe_open(weights, 'pt') as file:
    scaling = [float(file.metadata()[key]) for key in ('mean', 'std')]
compare('heddle to PyTorch', load_file(weights), weights, *scaling)
