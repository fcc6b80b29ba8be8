#!/usr/bin/python3
"""Golden values from torchvision 0.14 for heddle/networks: networks_reference.py > networks.json

Needs what torch_reference.py needs, and Debian's python3-torchvision. Of each network:
    input          the shape of an image
    state          "name length length …" of each tensor of the state dict, in order
    initial        the root mean square of each parameter as torchvision begins it
    printed        "path repr" of each layer with parameters or a probability that forward calls
of those in LOGITS:
    variance       the center of the running variances: one for which images that differ still do so behind the last block
    logits         of SAMPLES images in evaluation mode, float32 in base64, row by row
    logitsError    how far PyTorch's own float32 is off, with and without oneDNN, as a share of the largest logit
and of those in LOSSES:
    losses         cross-entropy of the first STEPS steps of SGD at RATE, BATCH images each, without dropout and stochastic depth
    gradients      the norm of each parameter's gradient in the first of them
    lossesError, gradientsError   how far PyTorch's own float32 is off, as a share of the largest loss, and of the largest norm
Results are those of float64. Weights, running statistics and images come from the formula at torch_reference.py's head, see
`fill` and `images`; the label of image n of step s is 37 · (BATCH · s + n) modulo the classes.
"""
import base64, json
import torch, torch.nn as nn
from torch.nn import functional as F
from torchvision import models
from torchvision.ops import StochasticDepth
from torch_reference import values

SEED, SAMPLES, BATCH, STEPS, RATE = 1, 2, 16, 5, 0.01
DROPOUTS = (nn.Dropout, StochasticDepth)

class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))

def small_images():
    net = models.resnet18()
    net.conv1, net.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    nn.init.kaiming_normal_(net.conv1.weight, mode='fan_out', nonlinearity='relu')
    return net

NETWORKS = dict(lenet5=LeNet5, resnet18=models.resnet18, resnet18SmallImages=small_images, resnet34=models.resnet34,
                resnet50=models.resnet50, vgg11Bn=models.vgg11_bn, vgg16Bn=models.vgg16_bn,
                mobilenetV2=models.mobilenet_v2, efficientnetB0=models.efficientnet_b0)
INPUTS = dict(lenet5=(1, 28, 28), resnet18SmallImages=(3, 32, 32))
LOGITS = ['lenet5', 'resnet18', 'resnet18SmallImages', 'resnet50', 'mobilenetV2', 'efficientnetB0']
VARIANCE = dict(mobilenetV2=0.8, efficientnetB0=0.5)
LOSSES = ['lenet5', 'resnet18', 'mobilenetV2', 'efficientnetB0']

def fill(net, variance):
    """Stream i for tensor i of the state dict. Weights of more than one dimension have the bound √(6 / fan_in), BatchNorm's
    weight is 0.75 ± 0.25, its running_var `variance` ± a third, all else ± 0.1; num_batches_tracked stays 0. The last two, a
    Linear's weight and bias, are a thirtieth of that: larger ones make the first steps so wild that float32 parts from float64."""
    state = list(net.state_dict().items())
    for i, (name, tensor) in enumerate(state):
        if name.endswith('num_batches_tracked'): continue
        center, bound = 0, 0.1
        if tensor.ndim > 1: bound = (6 / tensor[0].numel()) ** 0.5
        elif name.endswith('running_var'): center, bound = variance, variance / 3
        elif name.endswith('weight'): center, bound = 0.75, 0.25
        if i >= len(state) - 2: bound /= 30
        tensor.copy_(values(SEED, i, tuple(tensor.shape), bound) + center)

def images(name, count, stream):
    return values(SEED, 9000 + stream, (count, *INPUTS.get(name, (3, 64, 64))), 3 ** 0.5)

def network(name, dtype):
    net = NETWORKS[name](); fill(net, VARIANCE.get(name, 1.5))
    for module in net.modules():
        if isinstance(module, DROPOUTS): module.p = 0.0
    return net.to(dtype)

def logits(name, dtype):
    with torch.no_grad(): return network(name, dtype).eval()(images(name, SAMPLES, 0).to(dtype)).double()

def step(net, name, dtype, number):
    out = net(images(name, BATCH, 1 + number).to(dtype))
    loss = F.cross_entropy(out, torch.arange(BATCH * number, BATCH * (number + 1)) * 37 % out.shape[1])
    net.zero_grad(); loss.backward()
    return loss.item()

def losses(name, dtype):
    net = network(name, dtype).train(); optimizer = torch.optim.SGD(net.parameters(), lr=RATE); found = []
    for number in range(STEPS): found.append(step(net, name, dtype, number)); optimizer.step()
    return torch.tensor(found, dtype=torch.float64)

def gradients(name, dtype):
    net = network(name, dtype).train(); step(net, name, dtype, 0)
    return torch.tensor([p.grad.double().norm() for p in net.parameters()])

def measured(run, name):
    """Float64's results, and the largest difference of float32's as a share of the largest of them."""
    exact, differences = run(name, torch.float64), []
    for onednn in [True, False]:
        with torch.backends.mkldnn.flags(enabled=onednn): differences.append((run(name, torch.float32) - exact).abs().max())
    return exact, (max(differences) / exact.abs().max()).item()

def printed(net, size):
    lines, add = [], lambda path: lambda module, *_: lines.append(f'{path} {module!r}')
    for path, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear, *DROPOUTS)): module.register_forward_hook(add(path))
    with torch.no_grad(): net(torch.zeros(2, *size))
    return lines

def golden(name):
    net = NETWORKS[name](); size = INPUTS.get(name, (3, 64, 64))
    g = dict(input=size, state=[' '.join([key, *map(str, t.shape)]) for key, t in net.state_dict().items()],
             initial=[float(f'{p.detach().square().mean().sqrt():.3g}') for p in net.parameters()], printed=printed(net, size))
    if name in LOGITS:
        exact, error = measured(logits, name)
        g.update(variance=VARIANCE.get(name, 1.5), logits=base64.b64encode(exact.float().numpy().tobytes()).decode(), logitsError=error)
    for run in [losses, gradients] if name in LOSSES else []:
        exact, error = measured(run, name)
        g.update({run.__name__: [float(f'{v:.9g}') for v in exact.tolist()], f'{run.__name__}Error': error})
    return g

if __name__ == '__main__':
    torch.manual_seed(SEED); print(json.dumps({name: golden(name) for name in NETWORKS}, separators=(',', ':')))
