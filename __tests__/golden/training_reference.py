#!/usr/bin/python3
"""Golden values from PyTorch for parameter groups, optimizers' states, ReduceLROnPlateau, gradient accumulation, and update_bn.

    training_reference.py states > optimizerStates.json
    training_reference.py rates > learningRates.json
    training_reference.py accumulation > accumulation.json
    training_reference.py averaging > averaging.json

Needs what torch_reference.py needs; numbers come from the formula at its head, with seed 1. Values are PyTorch's in float64, and
float32Error is how far its own float32 is from them, as a share of the largest, at worst over all that a file compares.
"""
import argparse, json, warnings
from collections import OrderedDict
import torch, torch.nn as nn
from torch.optim.lr_scheduler import ExponentialLR, LinearLR, MultiStepLR, ReduceLROnPlateau, SequentialLR
from torch.optim.swa_utils import AveragedModel, update_bn
from torch_reference import formula_init, uniform, values

SEED = 1
PYTORCH = dict(learningRate='lr', weightDecay='weight_decay', thresholdMode='threshold_mode', minLearningRate='min_lr')

def renamed(options): return {PYTORCH.get(k, k): v for k, v in options.items() if k not in ('decay', 'groups')}

def numbers(tensor): return [float(f'{v:.9g}') for v in tensor.flatten().tolist()]

def parameter_groups(net, options):
    """Those in no group, then each group's, vectors what is left of one dimension; decay='weights' makes two of each, of which the
    second does not decay."""
    named, taken, groups = dict(net.named_parameters()), set(), []
    for group in sorted(options.get('groups', []), key=lambda group: group['parameters'] == 'vectors'):
        members = [n for n, p in named.items() if p.ndim == 1 and n not in taken] if group['parameters'] == 'vectors' else \
                  [n for path in group['parameters'] for n in named if n == path or n.startswith(path + '.')]
        taken.update(members)
        groups.append(dict(renamed({k: v for k, v in group.items() if k != 'parameters'}), params=members))
    groups.insert(0, dict(params=[n for n in named if n not in taken]))
    if options.get('decay') == 'weights':
        split = lambda group, is_weight: [n for n in group['params'] if (named[n].ndim > 1) == is_weight]
        groups = [half for g in groups for half in [dict(g, params=split(g, True)), dict(g, params=split(g, False), weight_decay=0)]]
    return [dict(g, params=[named[n] for n in g['params']]) for g in groups if g['params']]

def small_net():
    return nn.Sequential(OrderedDict(features=nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4)),
                                     classifier=nn.Sequential(nn.Flatten(), nn.Linear(16, 3))))

def states():
    """The gradient of parameter i in step s is stream 6600 + 10s + i, its bound that of gradientBounds[s % 3]."""
    bounds, momentum = [0.2, 2, 1e-3], dict(momentum=0.9)
    groups = [dict(parameters=['classifier'], learningRate=0.003, weightDecay=0.3), dict(parameters=['features.0.bias', 'features.1'], learningRate=0.2)]
    vectors = [dict(parameters='vectors', learningRate=0.1)]
    cases = [
        ('SGD', dict(learningRate=0.05)),
        ('SGD', dict(learningRate=0.05, dampening=0.1, weightDecay=0.1, **momentum)),
        ('SGD', dict(learningRate=0.05, nesterov=True, weightDecay=0.1, groups=groups, **momentum)),
        ('Adam', dict(learningRate=0.01, weightDecay=0.1)),
        ('AdamW', dict(learningRate=0.01, betas=[0.8, 0.99], eps=1e-6)),
        ('AdamW', dict(learningRate=0.01, weightDecay=0.1, decay='weights', groups=groups)),
        ('RMSprop', dict()),
        ('RMSprop', dict(learningRate=0.003, alpha=0.9, eps=1e-3, weightDecay=0.1)),
        ('RMSprop', dict(learningRate=0.003, **momentum)),
        ('RMSprop', dict(learningRate=0.003, centered=True)),
        ('RMSprop', dict(learningRate=0.003, centered=True, weightDecay=0.1, groups=groups[:1], **momentum)),
        ('SGD', dict(learningRate=0.02, nesterov=True, weightDecay=0.1, groups=vectors, **momentum)),
        ('Adam', dict(learningRate=0.002, groups=groups[:1] + vectors)),
        ('AdamW', dict(learningRate=0.002, weightDecay=0.1, decay='weights', groups=vectors)),
        ('RMSprop', dict(learningRate=0.003, weightDecay=0.1, groups=[dict(parameters='vectors', learningRate=0.1, weightDecay=0.2)])),
    ]
    def run(name, options, dtype):
        net = small_net(); formula_init(net, SEED); net.to(dtype)
        opt = getattr(torch.optim, name)(parameter_groups(net, options), **dict(dict(lr=0.01), **renamed(options)))
        after = []
        for s in range(6):
            for i, p in enumerate(net.parameters()): p.grad = values(SEED, 6600 + 10 * s + i, tuple(p.shape), bounds[s % 3]).to(dtype)
            opt.step()
            if s == 2: state = opt.state_dict(); tensors = {n: {k: torch.as_tensor(v).clone() for k, v in one.items() if v is not None} for n, one in state['state'].items()}
            if s in (2, 5): after.append({n: p.detach().clone() for n, p in net.named_parameters()})
        return after, tensors, state['param_groups']
    def case(name, options):
        after, state, groups = run(name, options, torch.float64); single, single_state, _ = run(name, options, torch.float32)
        pairs = [(a[n], b[n]) for a, b in zip(after, single) for n in a] + [(one[k], single_state[n][k]) for n, one in state.items() for k in one]
        errors.extend(relative_error(a, b) for a, b in pairs)
        return dict(optimizer=name, options=options, after=[{n: numbers(p) for n, p in a.items()} for a in after],
                    state={n: {k: numbers(v) for k, v in one.items()} for n, one in state.items()}, param_groups=groups)
    errors = []; found = [case(*c) for c in cases]
    return dict(seed=SEED, gradientBounds=bounds, cases=found, float32Error=max(errors))

def relative_error(double, single): return ((single.double() - double).abs().max() / double.abs().max().clamp(min=1e-30)).item()

def rates():
    """The rates of two groups after each epoch, 0.1 and 0.02 at first, by the metrics; and those of schedules by the step, from 1."""
    falling = [1, 0.5, 0.4, 0.4, 0.41, 0.399999, 0.3999, 0.39, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]
    def plateau(settings, metrics):
        two = [dict(params=[nn.Parameter(torch.zeros(1))], lr=lr) for lr in (0.1, 0.02)]
        opt = torch.optim.SGD(two, lr=1); scheduler = ReduceLROnPlateau(opt, **renamed(settings)); found = []
        for metric in metrics: scheduler.step(metric); found.append([g['lr'] for g in opt.param_groups])
        return dict(settings=settings, metrics=metrics, rates=found)
    def schedule(make, settings, steps):
        opt = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1); scheduler = make(opt, **{k: v for k, v in settings.items() if k != 'type'}); found = []
        for _ in range(steps): found.append(opt.param_groups[0]['lr']); opt.step(); scheduler.step()
        return dict(schedule=settings, rates=found)
    return dict(plateau=[plateau(dict(), [1.0] * 30), plateau(dict(patience=1), falling), plateau(dict(patience=0, cooldown=2, factor=0.5), falling),
                         plateau(dict(mode='max', patience=1, factor=0.3), [-m for m in falling]),
                         plateau(dict(mode='max', patience=1, threshold=0.05), [1 - m / 2 for m in falling]),
                         plateau(dict(patience=1, threshold=0.01, thresholdMode='abs'), falling),
                         plateau(dict(mode='max', patience=1, threshold=0.01, thresholdMode='abs'), [1 - m for m in falling]),
                         plateau(dict(patience=0, minLearningRate=0.004), falling), plateau(dict(patience=0, eps=0.01), falling)],
                schedules=[schedule(MultiStepLR, dict(type='multiStep', milestones=[2, 3, 7], gamma=0.3), 10),
                           schedule(ExponentialLR, dict(type='exponential', gamma=0.9), 20)])

def shuffled(count, epoch):
    """The order in which a Trainer of seed 0 has the images of an epoch: src/data/batches.ts, by src/tensor/random.ts."""
    mask = 0xFFFFFFFF
    def mix(key, element):
        x = (element + key[0]) & mask; x ^= x >> 16; x = x * 0x7FEB352D & mask; x ^= key[1]
        x ^= x >> 15; x = x * 0x846CA68B & mask; return x ^ x >> 16
    key = (0, 2)
    for part in [epoch]: key = (mix(key, part), mix((key[1], key[0]), ~part))
    key = (mix(key, 0), mix(key, 1)); order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = int(mix(key, i) / 2 ** 32 * (i + 1)); order[i], order[j] = order[j], order[i]
    return order

def images(samples, dtype):
    """Pixel i of the images of 2×4×4 is floor(128 (value + 1)) / 255 of stream 6700, bound 1; label n is n mod 3."""
    x = (torch.floor(128 * (values(SEED, 6700, (samples, 2, 4, 4)).double() + 1)) / 255).float().to(dtype)
    return x, torch.arange(samples) % 3

def accumulation():
    """Three epochs over 18 images in batches of 4, of which three make a step, and the two that are left another."""
    samples, batch, per_step = 18, 4, 3
    settings = dict(optimizer=dict(learningRate=0.1, momentum=0.9, weightDecay=0.01), maxGradientNorm=2.0)
    def run(dtype):
        net = small_net(); formula_init(net, SEED); net.to(dtype).train(); losses, norms = [], []
        x, y = images(samples, dtype)
        opt = torch.optim.SGD(net.parameters(), **renamed(settings['optimizer']))
        for epoch in range(3):
            batches = torch.tensor(shuffled(samples, epoch)).split(batch); total = 0
            for first in range(0, len(batches), per_step):
                step = batches[first:first + per_step]; opt.zero_grad()
                for order in step:
                    loss = nn.functional.cross_entropy(net(x[order]), y[order]); (loss / len(step)).backward(); total += loss.item() * len(order)
                norms.append(nn.utils.clip_grad_norm_(net.parameters(), settings['maxGradientNorm']).item()); opt.step()
            losses.append(total / samples)
        return losses, norms, {k: v for k, v in net.state_dict().items()}
    losses, norms, state = run(torch.float64); single, _, single_state = run(torch.float32)
    errors = [abs(a - b) / a for a, b in zip(losses, single)] + [relative_error(v, single_state[k]) for k, v in state.items() if v.is_floating_point()]
    return dict(seed=SEED, samples=samples, batchSize=batch, accumulationSteps=per_step, **settings, losses=losses, norms=norms,
                state={k: numbers(v) for k, v in state.items()}, float32Error=max(errors))

class Lookahead:
    """Algorithm 1 of Zhang et al., 2019, around an optimizer that has made its step."""
    def __init__(self, parameters, steps, alpha):
        self.fast, self.steps, self.alpha, self.count = list(parameters), steps, alpha, 0
        self.slow = [p.detach().clone() for p in self.fast]
    @torch.no_grad()
    def step(self):
        self.count += 1
        if self.count % self.steps: return
        for slow, fast in zip(self.slow, self.fast): slow.add_(fast - slow, alpha=self.alpha); fast.copy_(slow)

def averaging():
    """Three epochs over 18 images in batches of 4, the last of 2, with all that acts on weights behind an optimizer: Lookahead, two
    LinearLR one behind the other, an average of the weights, and update_bn for it on the first three batches of the last epoch."""
    samples, batch, epochs, batches = 18, 4, 3, 3
    vectors = [dict(parameters='vectors', learningRate=0.2)]
    settings = dict(optimizer=dict(learningRate=0.05, momentum=0.9, nesterov=True, weightDecay=0.01, groups=vectors),
                    schedule=dict(type='triangular', totalSteps=15, pctStart=0.3, startFactor=0.2, endFactor=0.1),
                    lookahead=dict(steps=4, alpha=0.4), averageDecay=0.8, updateBn=batches)
    def run(dtype):
        net = nn.Sequential(OrderedDict(
            features=nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4, momentum=None)),
            classifier=nn.Sequential(nn.Flatten(), nn.Linear(16, 3))))
        formula_init(net, SEED); net.to(dtype).train(); x, y = images(samples, dtype); losses = []
        opt = torch.optim.SGD(parameter_groups(net, settings['optimizer']), **renamed(settings['optimizer']))
        total, peak = settings['schedule']['totalSteps'], int(0.3 * settings['schedule']['totalSteps'])
        scheduler = SequentialLR(opt, [LinearLR(opt, 0.2, 1, peak), LinearLR(opt, 1, 0.1, total - peak)], milestones=[peak])
        lookahead = Lookahead(net.parameters(), **settings['lookahead'])
        share = lambda steps: min(settings['averageDecay'], steps.item() / (steps.item() + 9))
        average = AveragedModel(net, avg_fn=lambda mean, value, steps: mean + (value - mean) * (1 - share(steps)))
        for epoch in range(epochs):
            order = torch.tensor(shuffled(samples, epoch)).split(batch); sum = 0
            for indices in order:
                opt.zero_grad(); loss = nn.functional.cross_entropy(net(x[indices]), y[indices]); loss.backward(); sum += loss.item() * len(indices)
                opt.step(); scheduler.step(); lookahead.step(); average.update_parameters(net)
            losses.append(sum / samples)
        update_bn([x[indices] for indices in order[:batches]], average)
        average.eval()
        with torch.no_grad(): evaluation = nn.functional.cross_entropy(average(x), y).item()
        floats = lambda m: {k: v for k, v in m.state_dict().items() if v.is_floating_point()}
        return losses, evaluation, floats(net), floats(average.module)
    losses, evaluation, *states = run(torch.float64); single, single_evaluation, *single_states = run(torch.float32)
    errors = [abs(a - b) / a for a, b in zip(losses + [evaluation], single + [single_evaluation])]
    errors += [relative_error(v, other[k]) for state, other in zip(states, single_states) for k, v in state.items()]
    after, average = [{k: numbers(v) for k, v in state.items()} for state in states]
    return dict(seed=SEED, samples=samples, batchSize=batch, epochs=epochs, **settings, losses=losses, evaluation=evaluation,
                after=after, average=average, float32Error=max(errors))

warnings.simplefilter('ignore')  # of schedules
p = argparse.ArgumentParser(); p.add_argument('what', choices=['states', 'rates', 'accumulation', 'averaging'])
print(json.dumps(globals()[p.parse_args().what]()))
