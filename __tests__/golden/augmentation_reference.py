#!/usr/bin/python3
"""Golden values from torchvision, on Pillow's images, for what augmentation does to bytes, and from PyTorch for MixUp.

    augmentation_reference.py > augmentation.json

Needs what torch_reference.py needs, and Debian's python3-torchvision and python3-pil. Bytes are in base64, rows of pixels of channels.
Of MixUp the numbers come from the formula at torch_reference.py's head: inputs are stream 8100, bytes as below, the weight and bias of
the linear layer streams 0 and 1.
"""
import base64, json
import numpy as np
import torch, torch.nn as nn
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode, RandomCrop
from torchvision.transforms.autoaugment import TrivialAugmentWide, _apply_op
from torch_reference import uniform, values

SEED = 1
SHARE = 0.2341534001133131  # what heddle draws of Beta(0.4, 0.4) for the first batch of seed 1
SPACE = TrivialAugmentWide()._augmentation_space(31)

def noise(stream, shape, low=0, high=256):
    return (low + uniform(SEED, stream, int(np.prod(shape))) * (high - low)).astype(np.uint8).reshape(shape)

def images():
    sloping = noise(8001, (5, 6, 3), 60, 70) + (np.arange(6) * 15).astype(np.uint8).reshape(1, 6, 1)
    sloping[0] = 90  # a row of one grey, which has no hue
    return dict(colours=noise(8000, (7, 9, 3)), sloping=sloping, grey=noise(8002, (8, 6, 1)), thin=noise(8003, (2, 5, 1)),
                uniform=np.full((3, 3, 3), 77, np.uint8), wide=noise(8004, (24, 22, 3), 20, 230) // 3 * 2,
                wideGrey=noise(8005, (30, 40, 1), 0, 16) ** 2)

def pillow(a): return Image.fromarray(a[..., 0] if a.shape[2] == 1 else a)
def encoded(image): return base64.b64encode(np.asarray(image).tobytes()).decode()

def trivial(name, bins, image):
    magnitudes, signed = SPACE[name]
    for magnitude in ([magnitudes[b].item() for b in bins] if magnitudes.ndim else [0.0]):
        for sign in [1, -1] if signed else [1]:
            yield [name, sign * float(magnitude), encoded(_apply_op(image, name, sign * float(magnitude), InterpolationMode.NEAREST, None))]

def adjusted(image):
    for name in ['brightness', 'contrast', 'saturation', 'sharpness']:
        for factor in [0, 0.3, 1.77777]: yield [name, factor, encoded(getattr(F, 'adjust_' + name)(image, factor))]
    for share in [-0.5, -0.1234, 0.05, 0.4999]: yield ['hue', share, encoded(F.adjust_hue(image, share))]

def cropped(image, boxes):
    size = [image.height, image.width]
    for top, left, height, width in boxes:
        yield ['crop', [top, left, height, width], encoded(F.resized_crop(image, top, left, height, width, size))]

def padded(image):
    h, w = image.height, image.width
    for mode in ['constant', 'edge', 'reflect', 'symmetric']:
        padding = min(h, w) - 1 if mode == 'reflect' else min(h, w)
        crop = RandomCrop((h, w), padding=padding, padding_mode=mode)
        for top, left in [(0, 0), (2 * padding, 2 * padding), (0, padding + 1), (padding, 1)]:
            crop.get_params = lambda *_: (top, left, h, w)
            yield ['RandomCrop ' + mode, [top - padding, left - padding], encoded(crop(image))]

def cases():
    for name, pixels in images().items():
        image, large = pillow(pixels), name.startswith('wide')
        made = [made for op in SPACE if not large or op in ('AutoContrast', 'Equalize') for made in trivial(op, [0, 4, 17, 30], image)]
        if not large: made += [*adjusted(image), *padded(image)]
        h, w = pixels.shape[:2]
        boxes = [(0, 0, h, w), (h // 3, w // 4, h // 2, w // 2), (h - 1, 0, 1, w)] if large or name == 'colours' else []
        made += cropped(image, boxes)
        yield dict(image=name, shape=pixels.shape, pixels=encoded(pixels), made=made)

def mixup(share, smoothing, float_targets):
    """The first training step at a learning rate of 1 of Flatten and Linear on five images of 2×3×4 pixels in three classes."""
    inputs = torch.tensor(noise(8100, (5, 2, 3, 4))).double() / 255
    x = (inputs - 0.5) / 0.4
    targets = values(SEED, 8101, (5, 3)).double() if float_targets else nn.functional.one_hot(torch.tensor([2, 0, 0, 1, 2]), 3).double()
    # RandomMixup of torchvision's references/classification/transforms.py, with a share that is given
    x, targets = [share * t + (1 - share) * t.roll(1, 0) for t in (x, targets)]
    layer = nn.Linear(24, 3).double(); bound = 1 / np.sqrt(24)
    layer.load_state_dict(dict(weight=values(SEED, 0, (3, 24), bound), bias=values(SEED, 1, (3,), bound)))
    outputs = layer(x.flatten(1))
    loss = nn.functional.mse_loss(outputs, targets) if float_targets else nn.functional.cross_entropy(outputs, targets, label_smoothing=smoothing)
    loss.backward()
    after = {name: (p - p.grad).flatten().tolist() for name, p in layer.named_parameters()}
    return dict(share=share, labelSmoothing=smoothing, floatTargets=float_targets, targets=targets.tolist(), loss=loss.item(), after=after)

print(json.dumps(dict(
    seed=SEED, cases=list(cases()),
    space={name: dict(magnitudes=m.tolist() if m.ndim else [0.0], signed=signed) for name, (m, signed) in SPACE.items()},
    mixup=[mixup(SHARE, smoothing, floats) for smoothing, floats in [(0, False), (0.1, False), (0, True)]])))
