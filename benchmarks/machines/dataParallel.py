#!/usr/bin/python3
"""PyTorch's process of speed.ts: `dataParallel.py PROCESSES THREADS FORMAT` trains the specified network in batches of 100.

More than one process share each batch by DistributedDataParallel over gloo. Its BatchNorm goes by the statistics of each process's
own images: SyncBatchNorm, which would go by all, runs on GPUs alone. So the check, without dropout, is against one process that takes
the parts of a batch in turn and averages their gradients; one process is checked against nothing. Prints a greeting as a line of
JSON, then, for each line of standard input, a number of seconds, the images a second.
"""
import copy, json, multiprocessing, os, sys, tempfile, time
from pathlib import Path
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

sys.path.append(str(Path(__file__).parent.parent / 'speed' / 'peers'))
from networks import networks

BATCH = 100
LEARNING_RATE = 0.01
CHECKED_STEPS = 3
TOLERANCE = 1e-4
WARM_UP = 0.5


def step(net, optimizer, parts):
    """A step in which a process takes these parts of the batch."""
    optimizer.zero_grad()
    for images, target in parts:
        (nn.functional.cross_entropy(net(images), target) / len(parts)).backward()
    optimizer.step()


def optimizer_of(net):
    return torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)


def difference(shared, alone):
    largest = max(parameter.abs().max() for parameter in alone.parameters())
    return max((a - b).abs().max() / largest for a, b in zip(shared.parameters(), alone.parameters())).item()


def check(net, shared, parts, rank):
    dropouts = [(module, module.p) for module in net.modules() if isinstance(module, nn.Dropout)]
    for module, _ in dropouts:
        module.p = 0.0
    alone = copy.deepcopy(net)
    optimizers = optimizer_of(shared), optimizer_of(alone)
    for _ in range(CHECKED_STEPS):
        step(shared, optimizers[0], [parts[rank]])
        step(alone, optimizers[1], parts)
    for module, p in dropouts:
        module.p = p
    return difference(net, alone)


def rate(net, optimizer, part, seconds, speed, processes):
    """Images a second, of all processes; the first one says how many steps they take."""
    steps = torch.tensor(max(1, round(seconds * speed / BATCH)))
    if processes > 1:
        dist.broadcast(steps, 0)
    start = time.perf_counter()
    for _ in range(steps.item()):
        step(net, optimizer, [part])
    return steps.item() * BATCH / (time.perf_counter() - start)


def work(rank, processes, threads, memory_format, meeting):
    if processes > 1:
        os.sched_setaffinity(0, range(rank * threads, (rank + 1) * threads))
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = networks['fashionNet']().to(memory_format=memory_format)
    images = torch.rand(BATCH, 1, 28, 28).contiguous(memory_format=memory_format)
    parts = list(zip(images.chunk(processes), (torch.arange(BATCH) % 10).chunk(processes)))
    shared, error = net, None
    if processes > 1:
        dist.init_process_group('gloo', init_method=f'file://{meeting}', rank=rank, world_size=processes)
        shared = DistributedDataParallel(net)
        error = check(net, shared, parts, rank)
        if not error < TOLERANCE:
            sys.exit(f'its weights and those of one process differ by {error:.1e}, more than {TOLERANCE}')
    optimizer = optimizer_of(shared)
    speed = rate(shared, optimizer, parts[rank], WARM_UP, BATCH, processes)
    if rank == 0:
        print(json.dumps({'version': torch.__version__, 'threads': threads, 'error': error}), flush=True)
    while line := sys.stdin.readline() if rank == 0 else '0':
        speed = rate(shared, optimizer, parts[rank], float(line), speed, processes)
        if rank == 0:
            print(speed, flush=True)


if __name__ == '__main__':
    processes, threads = map(int, sys.argv[1:3])
    memory_format = {'contiguous': torch.contiguous_format, 'channels_last': torch.channels_last}[sys.argv[3]]
    os.environ['GLOO_SOCKET_IFNAME'] = 'lo'
    with tempfile.TemporaryDirectory() as folder:
        shared = processes, threads, memory_format, f'{folder}/meeting'
        for rank in range(1, processes):
            multiprocessing.get_context('spawn').Process(target=work, args=(rank, *shared), daemon=True).start()
        work(0, *shared)
