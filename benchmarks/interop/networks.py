#!/usr/bin/python3
"""torchvision's side of networks.ts: weights as safetensors, which need no pickle.

`networks.py write NETWORK FILE` makes the network with PyTorch's initial weights and the running statistics of a batch, and
writes its state dict, with `input`, four images, and `output`, their logits in evaluation mode; `networks.py weights NETWORK
FILE` writes it without these. `networks.py check NETWORK FILE` reads a file that has them, loads it strictly, and prints how
far its own logits are from `output`, as a share of the largest. Its logits are those of float64: PyTorch's own float32 is off
by 4e-5 in ResNet-50, where images that are alike make nearly the same numbers, of which BatchNorm takes the mean away. Needs
Debian's python3-torchvision and python3-numpy.
"""
import json, struct, sys
try:
    import numpy as np
    import torch
    from torchvision import models
except ImportError as error:
    sys.exit(f'{error}; on Debian: apt-get install python3-torchvision python3-numpy')

dtypes = {'F32': np.float32, 'I64': np.int64}


def read(path):
    data = open(path, 'rb').read()
    length = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop('__metadata__', None)
    body = memoryview(data)[8 + length:]
    array = lambda dtype, shape, data_offsets: np.frombuffer(body[slice(*data_offsets)], dtypes[dtype]).reshape(shape)
    return {name: torch.from_numpy(array(**entry).copy()) for name, entry in header.items()}


def write(path, tensors):
    header, end = {}, 0
    names = {np.dtype(dtype): name for name, dtype in dtypes.items()}
    arrays = [np.ascontiguousarray(tensor.numpy()) for tensor in tensors.values()]
    for (name, tensor), array in zip(tensors.items(), arrays):
        header[name] = {'dtype': names[array.dtype], 'shape': list(tensor.shape), 'data_offsets': [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for array in arrays:
            file.write(array.tobytes())


def logits(net, images):
    with torch.no_grad():
        return net.eval().double()(images.double()).float()


torch.manual_seed(0)
[command, name, path] = sys.argv[1:]
net = getattr(models, name)()
if command in ('write', 'weights'):
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the mean of all batches: of one
    with torch.no_grad():
        net.train()(torch.randn(8, 3, 64, 64))
    images = torch.randn(4, 3, 64, 64)
    tensors = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    checked = {'input': images, 'output': logits(net, images)} if command == 'write' else {}
    write(path, {**tensors, **checked})
else:
    tensors = read(path)
    images, expected = tensors.pop('input'), tensors.pop('output')
    net.load_state_dict(tensors, strict=True)
    print(((logits(net, images) - expected).abs().max() / expected.abs().max()).item())
