#!/usr/bin/python3
"""What messages of PyTorch's gloo cost, as exchange.ts tells it of heddle's: under mpirun, `exchange.py FILE INTERFACE` with a file
that is not there yet, by which two ranks find each other."""
import json, os, sys, time
import torch
import torch.distributed as dist

EXCHANGES, SUMS = 2000, 20

file, os.environ['GLOO_SOCKET_IFNAME'] = sys.argv[1:]
torch.set_num_threads(1)
rank, size = int(os.environ['OMPI_COMM_WORLD_RANK']), int(os.environ['OMPI_COMM_WORLD_SIZE'])
dist.init_process_group('gloo', init_method=f'file://{file}', rank=rank, world_size=size)


def milliseconds(rounds, tensor):
    """Of one sum over all ranks, the first of which does not count."""
    dist.all_reduce(tensor)
    start = time.perf_counter()
    for _ in range(rounds):
        dist.all_reduce(tensor)
    return (time.perf_counter() - start) * 1000 / rounds


# Around a ring of two each rank sends one message and then another, and in them as many bytes as there are.
latency = milliseconds(EXCHANGES, torch.ones(1)) / 2
large = torch.ones(2 ** 20)
handled = 2 * 4 * large.numel() / milliseconds(SUMS, large)
if rank == 0:
    print(json.dumps({'latency': latency, 'handled': handled}))
