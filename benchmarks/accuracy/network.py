"""The specified network in PyTorch, and the data for it: for accuracy.py and interop/torchWeights.py."""
import gzip
from pathlib import Path
import numpy as np
import torch
from torch import nn

folder = Path(__file__).parents[2] / 'data' / 'fashion-mnist'


def load(name, mean, std):
    images = np.frombuffer(gzip.open(folder / f'{name}-images-idx3-ubyte.gz').read(), np.uint8, offset=16)
    labels = np.frombuffer(gzip.open(folder / f'{name}-labels-idx1-ubyte.gz').read(), np.uint8, offset=8)
    pixels = (images.reshape(-1, 1, 28, 28).astype(np.float32) / 255 - mean) / std
    return torch.tensor(pixels), torch.tensor(labels.astype(np.int64))


def network():
    conv = lambda i, o: nn.Conv2d(i, o, 3, 1, 1)
    net = nn.Module()
    net.block1 = nn.Sequential(conv(1, 64), nn.ReLU(), nn.BatchNorm2d(64), conv(64, 64), nn.ReLU(), nn.BatchNorm2d(64),
                               nn.MaxPool2d(2, 2), nn.Dropout(0.1))
    net.block2 = nn.Sequential(conv(64, 128), nn.ReLU(), nn.Dropout(0.1), nn.BatchNorm2d(128), conv(128, 128), nn.ReLU(),
                               nn.BatchNorm2d(128), nn.MaxPool2d(2, 2), nn.Dropout(0.1))
    net.classifier = nn.Sequential(nn.Flatten(), nn.Linear(6272, 640), nn.ReLU(), nn.Linear(640, 10))
    return net


def forward(net, x):
    return net.classifier(net.block2(net.block1(x)))
