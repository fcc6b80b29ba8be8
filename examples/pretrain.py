"""Trains a small network in PyTorch on seven of Fashion-MNIST's classes and writes examples/pretrained.safetensors.

Needs torch, numpy and safetensors; run it in heddle's folder. fineTune.ts goes on from its file.
"""

import gzip
from collections import OrderedDict

import numpy
import torch
from safetensors.torch import save_file
from torch import nn

CLASSES = [0, 1, 2, 3, 4, 6, 8]  # all that is no footwear; fineTune.ts learns the other three

torch.manual_seed(0)
network = nn.Sequential(
    OrderedDict(
        features=nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(16), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(32), nn.MaxPool2d(2),
        ),
        classifier=nn.Sequential(nn.Flatten(), nn.Linear(32 * 7 * 7, len(CLASSES))),
    )
)  # fmt: skip


def read(kind, skip):
    with gzip.open(f"data/fashion-mnist/train-{kind}-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=skip)


images = torch.tensor(read("images-idx3", 16)).view(-1, 1, 28, 28).float() / 255
labels = torch.tensor(read("labels-idx1", 8)).long()
chosen = torch.tensor([label in CLASSES for label in labels.tolist()])
images, labels = images[chosen], torch.tensor([CLASSES.index(label) for label in labels[chosen].tolist()])
images = (images - 0.286) / 0.353

optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
for step, batch in enumerate(torch.randperm(len(images)).split(100)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, loss.item())

save_file(network.state_dict(), "examples/pretrained.safetensors")
