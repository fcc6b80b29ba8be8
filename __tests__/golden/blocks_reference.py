#!/usr/bin/python3
"""Golden values from PyTorch for networks with residual connections, concatenation, attention and shared modules.

    blocks_reference.py --out blocks

Needs what torch_reference.py needs. A file a network, whose classes are those of ../support/blocks.ts:
    x, dy, y, dx                 three images, the upstream gradient, the output in training mode, the gradient of x
    before.NAME, after.NAME      the state dict as it was and, of the buffers, as it is behind that pass
    gradient.NAME                of named_parameters, in their order
    evaluated                    the output in evaluation mode, behind that pass
    float32Error                 how far PyTorch's own float32 is off, see measured_error

Inputs are float32, results those of float64, rounded once. All numbers come from the formula at torch_reference.py's head, with
the first seed for which no ReLU's input lies within MARGIN of 0 and no maximum within MARGIN of another number of its window:
roundings then leave each of them on its side, so that all implementations differentiate the same branch.
"""
import argparse, itertools
import torch, torch.nn as nn
from torch_reference import save, values

INPUT, CLASSES, SAMPLES, MARGIN = (2, 9, 7), 3, 3, 1e-4
BUFFERS = ('running_mean', 'running_var', 'num_batches_tracked')
closest = []  # what a ReLU got or a maximum had beside it, nearest to the kink

def relu(x):
    closest.append(x.detach().abs().min().item())
    return torch.relu(x)

class ReLU(nn.Module):
    def forward(self, x): return relu(x)

class MaxPool2d(nn.MaxPool2d):
    """Windows cover the image up to a rest, and their numbers come from a ReLU: two zeros in one are no kink."""
    def forward(self, x):
        windows = nn.functional.unfold(x, self.kernel_size, stride=self.stride).reshape(*x.shape[:2], self.kernel_size ** 2, -1)
        first, second = windows.topk(2, 2)[0].unbind(2)
        closest.append((first - second)[first > 0].min().item())
        return super().forward(x)

class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    def forward(self, x):
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(y + (x if self.downsample is None else self.downsample(x)))

class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 16, 2))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(16, CLASSES)
    def forward(self, x): return self.fc(self.avgpool(self.layer1(relu(self.bn1(self.conv1(x))))).flatten(1))

class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, growth, 3, 1, 1, bias=False)
    def forward(self, x): return torch.cat([x, self.conv(relu(self.norm(x)))], 1)

class DenseBlock(nn.Module):
    def __init__(self, inputs, growths):
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(inputs + sum(growths[:i]), growth) for i, growth in enumerate(growths))
    def forward(self, x):
        for layer in self.layers: x = layer(x)
        return x

class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.block = nn.Conv2d(2, 8, 3, 2, 1, bias=False), DenseBlock(8, [8, 8, 3])
        self.norm, self.avgpool, self.classifier = nn.BatchNorm2d(27), nn.AdaptiveAvgPool2d(1), nn.Linear(27, CLASSES)
    def forward(self, x): return self.classifier(self.avgpool(relu(self.norm(self.block(self.conv(x))))).flatten(1))

class SqueezeExcitation(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.scale = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, hidden), ReLU(),
                                   nn.Linear(hidden, channels), nn.Sigmoid(), nn.Unflatten(1, (channels, 1, 1)))
    def forward(self, x): return x * self.scale(x)

class ConvSqueezeExcitation(nn.Module):
    """torchvision's: the Linear layers are convolutions of one pixel."""
    def __init__(self, channels, hidden):
        super().__init__()
        self.avgpool, self.fc1, self.fc2 = nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, hidden, 1), nn.Conv2d(hidden, channels, 1)
    def forward(self, x): return torch.sigmoid(self.fc2(relu(self.fc1(self.avgpool(x))))) * x

class AttentionNet(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.conv1, self.attention, self.conv2 = nn.Conv2d(2, 8, 3, 1, 1), attention, nn.Conv2d(8, 5, 3, 2)
        self.fc = nn.Linear(60, CLASSES)
    def forward(self, x): return self.fc(self.conv2(self.attention(relu(self.conv1(x)))).flatten(1))

class SharedNet(nn.Module):
    """`again` has the modules of `block` under names of their own, `fc` is called twice."""
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 8, 3, 1, 1)
        self.block = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), ReLU())
        self.again = nn.Sequential(self.block[0], self.block[1])
        self.avgpool, self.fc, self.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 8), nn.Linear(8, CLASSES)
    def forward(self, x):
        x = self.avgpool(self.again(self.block(relu(self.conv(x))))).flatten(1)
        return self.classifier(relu(self.fc(relu(self.fc(x)))))

class VGG(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(2, 8, 3, 1, 1), nn.BatchNorm2d(8), ReLU(),
                                      nn.Conv2d(8, 16, 3, 1, 1), nn.BatchNorm2d(16), ReLU(), MaxPool2d(2, 2))
        self.classifier = nn.Linear(192, CLASSES)
    def forward(self, x): return self.classifier(self.features(x).flatten(1))

NETWORKS = dict(resNet=ResNet, denseNet=DenseNet, squeezeExcitation=lambda: AttentionNet(SqueezeExcitation(8, 4)),
                convSqueezeExcitation=lambda: AttentionNet(ConvSqueezeExcitation(8, 4)), sharedNet=SharedNet, vgg=VGG)

def fill(model, seed):
    """Stream 8000 + i for the i-th of named_parameters and then of the buffers but the counters. Weights of more than one
    dimension have the bound √(6 / fan_in), BatchNorm's weight is 1 ± 0.5, running_var 1.5 ± 0.5, all else ± 0.5."""
    counters = lambda name: name.endswith('num_batches_tracked')
    tensors = [*model.named_parameters(), *[(k, b) for k, b in model.named_buffers() if not counters(k)]]
    for i, (name, tensor) in enumerate(tensors):
        bound = (6 / tensor[0].numel()) ** 0.5 if tensor.ndim > 1 else 0.5
        center = 1.5 if name.endswith('running_var') else 1.0 if name.endswith('weight') and tensor.ndim == 1 else 0.0
        tensor.data = values(seed, 8000 + i, tuple(tensor.shape), bound) + center

def run(create, seed, dtype):
    model = create(); fill(model, seed); t = {f'before.{k}': v.clone() for k, v in model.state_dict().items()}
    model.to(dtype).train(); closest.clear()
    x = t['x'] = values(seed, 8100, (SAMPLES, *INPUT), 3 ** 0.5)
    x = x.to(dtype).requires_grad_(True); y = model(x); kink = min(closest)
    t['dy'] = values(seed, 8101, tuple(y.shape), 3 ** 0.5); y.backward(t['dy'].to(dtype))
    t['y'], t['dx'] = y.detach(), x.grad
    t.update({f'gradient.{k}': p.grad for k, p in model.named_parameters()})
    t.update({f'after.{k}': v.clone() for k, v in model.state_dict().items() if k.endswith(BUFFERS)})
    with torch.no_grad(): t['evaluated'] = model.eval()(x).detach()
    return t, kink

def measured_error(exact, found):
    """The largest difference of a tensor's numbers, as a share of the largest of them, over all results. A layer's weight and
    bias have one share, as a convolution's bias before BatchNorm has the gradient 0, of which only roundings are left."""
    owner = lambda k: k.rsplit('.', 1)[0] if k.startswith('gradient.') else k
    results = [k for k in exact if not k.startswith('before.') and exact[k].is_floating_point()]
    largest = {o: max(exact[k].abs().max().item() for k in results if owner(k) == o) for o in map(owner, results)}
    return max((found[k].double() - exact[k].double()).abs().max().item() / largest[owner(k)] for k in results)

def golden(create):
    for seed in itertools.count(1):
        exact, kink = run(create, seed, torch.float64)
        if kink > MARGIN: break
    errors = []
    for onednn in [True, False]:
        with torch.backends.mkldnn.flags(enabled=onednn): errors.append(measured_error(exact, run(create, seed, torch.float32)[0]))
    rounded = {k: v.float() if v.is_floating_point() else v for k, v in exact.items()}
    return {**rounded, 'float32Error': torch.tensor([max(errors)])}

if __name__ == '__main__':
    p = argparse.ArgumentParser(); p.add_argument('--out', required=True); a = p.parse_args()
    for name, create in NETWORKS.items(): save(golden(create), f'{a.out}/{name}.safetensors')
