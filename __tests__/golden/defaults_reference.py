#!/usr/bin/python3
"""PyTorch's defaults and initial values.

    defaults_reference.py > defaults.json

Needs what torch_reference.py needs, and Debian's python3-torchvision. Of each layer of LAYERS, made with nothing but what it must have:
    type, arguments   as heddle spells them
    input             a shape without the batch
    printed           what PyTorch prints
    settings          the attributes for the arguments of its constructor, but for those in ABSENT
    state             "name length length …" of each tensor of the state dict, in order
    initial           of each parameter the least and the largest number of DRAWS layers
`losses`, `optimizers` and `schedules` have, by name, the defaults of the arguments of their constructors, but for those in ABSENT.
"""
import inspect, json, re
import torch, torch.nn as nn
from torch.optim import lr_scheduler
from torchvision.ops import StochasticDepth

DRAWS = 300
ABSENT = ('self inplace padding_mode return_indices device dtype recompute_scale_factor start_dim end_dim dim unflattened_size size_average reduce '
          'reduction amsgrad maximize foreach capturable fused differentiable verbose last_epoch optimizer params cycle_momentum '
          'generator base_momentum max_momentum three_phase anneal_strategy max_lr epochs steps_per_epoch').split()
IMAGE = (6, 5, 5)
LAYERS = [
    (nn.AdaptiveAvgPool2d, [2], IMAGE), (nn.AvgPool2d, [3], IMAGE), (nn.BatchNorm1d, [6], (6,)), (nn.BatchNorm2d, [6], IMAGE),
    (nn.Conv2d, [6, 8, 3], IMAGE), (nn.ConvTranspose2d, [6, 8, 3], IMAGE), (nn.Dropout, [], IMAGE), (nn.Dropout2d, [], IMAGE),
    (nn.Flatten, [], IMAGE), (nn.GELU, [], IMAGE), (nn.GroupNorm, [3, 6], IMAGE), (nn.Hardsigmoid, [], IMAGE), (nn.Hardswish, [], IMAGE),
    (nn.Identity, [], IMAGE), (nn.LayerNorm, [[6, 5, 5]], IMAGE), (nn.LeakyReLU, [], IMAGE), (nn.Linear, [6, 4], (6,)), (nn.MaxPool2d, [3], IMAGE),
    (nn.ReLU, [], IMAGE), (nn.ReLU6, [], IMAGE), (nn.SiLU, [], IMAGE), (nn.Sigmoid, [], IMAGE), (nn.Softmax, [1], IMAGE),
    (StochasticDepth, [0.2, 'row'], IMAGE), (nn.Tanh, [], IMAGE), (nn.Unflatten, [[3, 2, 1]], (6,)), (nn.Upsample, [], IMAGE),
]
LOSSES = [nn.BCEWithLogitsLoss, nn.CrossEntropyLoss, nn.L1Loss, nn.MSELoss, nn.SmoothL1Loss]
OPTIMIZERS = [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop]
SCHEDULES = [lr_scheduler.ReduceLROnPlateau, lr_scheduler.OneCycleLR, torch.utils.data.WeightedRandomSampler]

camel = lambda name: re.sub('_([a-z])', lambda found: found[1].upper(), re.sub('^lr$|_lr$', lambda found: found[0][:-2] + 'learning_rate', name))

def create(kind, arguments):
    if kind is nn.Unflatten: return kind(1, tuple(arguments[0]))
    if kind is nn.Upsample: return kind(scale_factor=2)
    return kind(*arguments)

def settings(kind, layer):
    names = [name for name in inspect.signature(kind.__init__).parameters if name not in ABSENT and name not in ('args', 'kwargs')]
    return {camel(name): (layer.bias is not None if name == 'bias' else getattr(layer, name)) for name in names if hasattr(layer, name)}

def golden(kind, arguments, shape):
    layers = [create(kind, arguments) for _ in range(DRAWS)]
    drawn = {name: torch.stack([dict(layer.named_parameters())[name].detach() for layer in layers]) for name, _ in layers[0].named_parameters()}
    layers[0](torch.zeros(2, *shape))
    return dict(type=kind.__name__, arguments=arguments or ([dict(scaleFactor=2)] if kind is nn.Upsample else []), input=shape,
                printed=repr(layers[0]), settings=settings(kind, layers[0]),
                state=[' '.join([key, *map(str, t.shape)]) for key, t in layers[0].state_dict().items()],
                initial={name: [t.min().item(), t.max().item()] for name, t in drawn.items()})

def defaults(kind):
    given = inspect.signature(kind.__init__).parameters.values()
    return {camel(each.name): each.default for each in given
            if each.name not in ABSENT and isinstance(each.default, (int, float, str, tuple, type(None)))}

if __name__ == '__main__':
    torch.manual_seed(1)
    named = lambda kinds: {kind.__name__: defaults(kind) for kind in kinds}
    print(json.dumps(dict(layers=[golden(*case) for case in LAYERS], losses=named(LOSSES), optimizers=named(OPTIMIZERS),
                          schedules=named(SCHEDULES)), indent=1))
