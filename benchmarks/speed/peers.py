#!/usr/bin/python3
"""PyTorch's side of peers.ts: times the specified network on this machine's cores, on request.

`peers.py FOLDER THREADS` reads model.safetensors in the folder: the network's weights, `input` [100, 1, 28, 28] and
`output`, the logits that heddle makes of it in evaluation mode; stops unless PyTorch's agree. Writes model.onnx to the
folder, for onnxruntime-web. Then, for each line `train|infer VARIANT BATCH SECONDS` on standard input, prints the images a
second. Variants: contiguous, channels_last (both float32), bfloat16.
"""
import contextlib, json, struct, sys, time
from pathlib import Path
try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(f'{error}; on Debian: apt-get install python3-torch python3-numpy')

sys.path.append(str(Path(__file__).parents[1] / 'accuracy'))
from network import forward, network

# Of the largest logit. In bfloat16 six products round inputs, weights and results to 8 bits.
tolerances = {'contiguous': 1e-4, 'channels_last': 1e-4, 'bfloat16': 18 * 2**-9}


def read(path):
    data = open(path, 'rb').read()
    length = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop('__metadata__', None)
    body = data[8 + length:]
    dtypes = {'F32': np.float32, 'I64': np.int64}
    return {name: torch.tensor(np.frombuffer(body[slice(*t['data_offsets'])], dtypes[t['dtype']]).reshape(t['shape']))
            for name, t in header.items()}


def build(variant, mode):
    memory_format = torch.contiguous_format if variant == 'contiguous' else torch.channels_last
    net = network()
    net.load_state_dict(tensors)
    return net.to(memory_format=memory_format).train(mode == 'train'), images.contiguous(memory_format=memory_format)


def logits(net, x, variant):
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=variant == 'bfloat16'):
        return forward(net, x)


def check(variant):
    with torch.no_grad():
        error = ((logits(*build(variant, 'infer'), variant) - expected).abs().max() / expected.abs().max()).item()
    if not error < tolerances[variant]:
        sys.exit(f'PyTorch ({variant}) and heddle differ by {error} of the largest logit')
    return error


def export(path):
    net, x = build('contiguous', 'infer')
    with contextlib.redirect_stdout(sys.stderr):  # some versions print
        torch.onnx.export(nn.Sequential(net.block1, net.block2, net.classifier), x, path, opset_version=13,
                          input_names=['images'], output_names=['logits'],
                          dynamic_axes={'images': {0: 'samples'}, 'logits': {0: 'samples'}})


def rate(mode, variant, batch, seconds):
    net, x = build(variant, mode)
    x, y = x[:batch], target[:batch]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step():
        result = logits(net, x, variant)
        if mode == 'train':
            loss = nn.functional.cross_entropy(result, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    with torch.set_grad_enabled(mode == 'train'):
        for _ in range(3):
            step()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            step()
            count += 1
        return count * batch / (time.perf_counter() - start)


folder = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]))
tensors = read(f'{folder}/model.safetensors')
images, expected = tensors.pop('input'), tensors.pop('output')
target = torch.arange(100) % 10
errors = {variant: check(variant) for variant in tolerances}
export(f'{folder}/model.onnx')
print(json.dumps({'name': 'PyTorch', 'version': torch.__version__, 'threads': torch.get_num_threads(),
                  'modes': ['train', 'infer'], 'variants': errors}), flush=True)
for line in sys.stdin:
    mode, variant, batch, seconds = line.split()
    print(rate(mode, variant, int(batch), float(seconds)), flush=True)
