#!/usr/bin/python3
"""PyTorch's process of peers.ts: `pytorch.py FOLDER NETWORK MODE VARIANT THREADS`, with the files that reference.ts wrote.

Ends with a line on standard error unless its logits, and in training the losses of a step and of the next, are heddle's within
the tolerances. Prints a greeting as a line of JSON, then, for each line of standard input, a number of seconds, the images a second.
Variants: contiguous, channels_last (both float32), bfloat16.
"""
import contextlib, json, struct, sys, time
from pathlib import Path
try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(f'{error}; on Debian: apt-get install python3-torch python3-torchvision python3-numpy')

from networks import networks

# Of the largest logit and the losses; bfloat16 has 8 bits, and its errors grow from layer to layer.
tolerances = {'contiguous': 1e-4, 'channels_last': 1e-4, 'bfloat16': 0.05}
# Of the loss after a step. Where variances are small BatchNorm makes much of rounding in a gradient: in MobileNetV2 the two
# formats of float32 differ by 1%.
STEP_TOLERANCE = 0.05
LEARNING_RATE = 0.01  # as in networks.ts
WARM_UP = 0.5


def check_blas():
    maps = Path('/proc/self/maps')
    if maps.exists() and '/blas/libblas.so' in maps.read_text():
        sys.exit('it runs on the reference BLAS, ten times slower than OpenBLAS; on Debian: apt-get install libopenblas0-pthread')


def read(path):
    data = np.fromfile(path, np.uint8)
    length = struct.unpack('<Q', data[:8].tobytes())[0]
    header = json.loads(data[8:8 + length].tobytes())
    header.pop('__metadata__', None)
    dtypes = {'F32': np.float32, 'I64': np.int64}
    return {name: torch.from_numpy(data[8 + length:][slice(*t['data_offsets'])].view(dtypes[t['dtype']]).reshape(t['shape']))
            for name, t in header.items()}


def precision():
    return torch.autocast('cpu', dtype=torch.bfloat16, enabled=variant == 'bfloat16')


def logits():
    with precision():
        return net(images)


def train():
    loss = nn.functional.cross_entropy(logits(), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def infer():
    return logits()


def difference(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()


def check(expected):
    found = infer()
    error = difference(found, expected['logits'][:len(images)])
    if mode == 'train':
        net.train()
        dropouts = [(module, module.p) for module in net.modules() if isinstance(module, nn.Dropout)]
        for module, _ in dropouts:
            module.p = 0.0
        losses = torch.tensor([nn.functional.cross_entropy(found, target), train(), train()])
        error = max(error, difference(losses[:2], expected['losses'][:2]))
        after = difference(losses[2:], expected['losses'][2:])
        if not after < STEP_TOLERANCE:
            sys.exit(f'the loss after a step and heddle’s differ by {after:.1e}, more than {STEP_TOLERANCE}')
        for module, p in dropouts:
            module.p = p
    if not error < tolerances[variant]:
        sys.exit(f'its results and heddle’s differ by {error:.1e}, more than {tolerances[variant]}')
    return error


def rate(seconds):
    # Around all batches it casts weights once, which must not be where they change.
    with precision() if mode != 'train' else contextlib.nullcontext():
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            train() if mode == 'train' else infer()
            count += 1
        return count * len(images) / (time.perf_counter() - start)


folder, name, mode, variant, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
check_blas()
memory_format = torch.contiguous_format if variant == 'contiguous' else torch.channels_last
net = networks[name]()
net.load_state_dict(read(f'{folder}/model.safetensors'))
net = net.to(memory_format=memory_format).eval()
expected = read(f'{folder}/expected.safetensors')
images = expected['input'][:1 if mode == 'one' else None].contiguous(memory_format=memory_format)
target = torch.arange(len(images)) % 10
optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)
error = check(expected)
rate(WARM_UP)
print(json.dumps({'version': torch.__version__, 'threads': torch.get_num_threads(), 'error': error}), flush=True)
for line in sys.stdin:
    print(rate(float(line)), flush=True)
