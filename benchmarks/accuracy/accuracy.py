#!/usr/bin/python3
"""The default training run in PyTorch: accuracy.py SEED [THREADS]. Prints training and test accuracy after each epoch.

Needs Debian's python3-torch and python3-numpy. Cross-entropy, SGD at 0.15, batches of 100 of the 60,000 shuffled images,
pixels normalised by the training set's mean and deviation, PyTorch's initialisation and dropout.
"""
import sys
import torch
from torch import nn
from network import forward, load, network

scaling = 0.2860405969887955, 0.3530242445149226
torch.manual_seed(int(sys.argv[1]))
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
net = network().to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(net.parameters(), lr=0.15)
(x, y), (test_x, test_y) = load('train', *scaling), load('t10k', *scaling)
for epoch in range(1, 6):
    net.train()
    correct = 0
    for batch in torch.randperm(60000).split(100):
        logits = forward(net, x[batch].contiguous(memory_format=torch.channels_last))
        optimizer.zero_grad()
        nn.functional.cross_entropy(logits, y[batch]).backward()
        optimizer.step()
        correct += (logits.argmax(1) == y[batch]).sum().item()
    net.eval()
    with torch.no_grad():
        hits = sum((forward(net, a).argmax(1) == b).sum().item() for a, b in zip(test_x.split(500), test_y.split(500)))
    print(f'epoch {epoch}: training {correct / 600:.1f}%, test {hits / 100:.1f}%', flush=True)
