#!/usr/bin/python3
"""PyTorch's side of peers.ts: times the specified network on this machine's cores, on request.

Reads a safetensors file with the network's weights, `input` [100, 1, 28, 28] and `output`, the logits that heddle makes of
it in evaluation mode; stops unless PyTorch's agree to 1e-4 of the largest. Then, for each line `train|infer VARIANT BATCH
SECONDS` on standard input, prints the images a second. Variants: contiguous, channels_last (both float32), bfloat16.
"""
import json, struct, sys, time
import numpy as np
import torch
from torch import nn
from network import forward, network


def read(path):
    data = open(path, 'rb').read()
    length = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop('__metadata__', None)
    body = data[8 + length:]
    dtypes = {'F32': np.float32, 'I64': np.int64}
    return {name: torch.tensor(np.frombuffer(body[slice(*t['data_offsets'])], dtypes[t['dtype']]).reshape(t['shape']))
            for name, t in header.items()}


torch.set_num_threads(int(sys.argv[2]))
tensors = read(sys.argv[1])
images, expected = tensors.pop('input'), tensors.pop('output')
target = torch.arange(100) % 10
net = network()
net.load_state_dict(tensors)
net.eval()
with torch.no_grad():
    error = ((forward(net, images) - expected).abs().max() / expected.abs().max()).item()
if not error < 1e-4:
    sys.exit(f'PyTorch and heddle differ by {error} of the largest logit')
print(json.dumps({'version': torch.__version__, 'threads': torch.get_num_threads(), 'error': error}), flush=True)

for line in sys.stdin:
    mode, variant, batch, seconds = line.split()
    memory_format = torch.contiguous_format if variant == 'contiguous' else torch.channels_last
    net = network().to(memory_format=memory_format)
    net.train(mode == 'train')
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x, y = images[:int(batch)].contiguous(memory_format=memory_format), target[:int(batch)]

    def step():
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=variant == 'bfloat16'):
            logits = forward(net, x)
            if mode == 'infer':
                return
            loss = nn.functional.cross_entropy(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    with torch.set_grad_enabled(mode == 'train'):
        for _ in range(3):
            step()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < float(seconds):
            step()
            count += 1
        print(count * int(batch) / (time.perf_counter() - start), flush=True)
