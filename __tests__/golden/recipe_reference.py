#!/usr/bin/python3
"""Golden values from PyTorch for the training recipe: optimizers, clipping, schedules, label smoothing, and a network with all of it.

    recipe_reference.py optimizers > optimizers.json
    recipe_reference.py schedules > schedules.json
    recipe_reference.py smoothing > labelSmoothing.json
    recipe_reference.py recipe > recipe.json

Needs what torch_reference.py needs; numbers come from the formula at its head, with seed 1. With `--double` PyTorch computes in
float64, from which one sees how much of a golden value is its rounding.
"""
import argparse, json, warnings
import numpy as np
import torch, torch.nn as nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, OneCycleLR, SequentialLR, StepLR
from torch.optim.swa_utils import AveragedModel
from torch_reference import formula_init, uniform, values

SEED, STEPS = 1, 20
PYTORCH = dict(learningRate='lr', weightDecay='weight_decay', totalSteps='total_steps', pctStart='pct_start', divFactor='div_factor',
               finalDivFactor='final_div_factor', stepSize='step_size')

def renamed(options): return {PYTORCH.get(k, k): v for k, v in options.items() if k not in ('type', 'decay')}

def numbers(tensor, digits=9): return [float(f'{v:.{digits}g}') for v in tensor.flatten().tolist()]

def optimizer_of(name, options, parameters):
    """decay='weights' is two parameter groups: weight decay for those of more than one dimension, none for the others."""
    options = dict(options)
    if options.get('decay') == 'weights':
        decay = options.pop('weightDecay')
        parameters = [dict(params=[p for p in parameters if p.ndim > 1], weight_decay=decay),
                      dict(params=[p for p in parameters if p.ndim == 1], weight_decay=0)]
    return getattr(torch.optim, name)(parameters, **renamed(options))

def scheduler_of(schedule, optimizer):
    settings = renamed(schedule)
    if schedule['type'] == 'oneCycle': return OneCycleLR(optimizer, max_lr=optimizer.defaults['lr'], cycle_momentum=False, **settings)
    if schedule['type'] == 'step': return StepLR(optimizer, **settings)
    if schedule['type'] == 'triangular': return triangle_of(settings, optimizer)
    total, warmup = settings['total_steps'], settings.get('warmupSteps', 0)
    if warmup == 0: return CosineAnnealingLR(optimizer, T_max=total)
    parts = [LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup), CosineAnnealingLR(optimizer, T_max=total - warmup)]
    return SequentialLR(optimizer, parts, milestones=[warmup])

def triangle_of(settings, optimizer):
    """Two LinearLR, one behind the other; LinearLR cannot begin at 0, which LambdaLR can, with np.interp in its place."""
    total, start, end = settings['total_steps'], settings.get('startFactor', 0), settings.get('endFactor', 0)
    peak = int(settings.get('pct_start', 0.3) * total)
    if start == 0: return LambdaLR(optimizer, lambda step: float(np.interp(step, *zip(*[(0, start)] * (peak > 0), (peak, 1), (total, end)))))
    parts = [LinearLR(optimizer, start, 1, peak), LinearLR(optimizer, 1, end, total - peak)]
    return SequentialLR(optimizer, parts, milestones=[peak])

def optimizers(dtype):
    """Parameter 0 has shape [2, 3] and is stream 6100, parameter 1 has shape [3] and is stream 6101, bound 1. Their gradients in
    step s are streams 6110 + 2s and 6111 + 2s, their bound that of gradientBounds[s % 4]."""
    weights, onecycle = dict(weightDecay=0.1, decay='weights'), dict(type='oneCycle', totalSteps=STEPS)
    bounds, checked = [0.2, 2, 2e-5, 1], [1, 2, 5, 10, STEPS]
    cases = [
        ('Adam', dict(learningRate=0.05), {}),
        ('Adam', dict(learningRate=0.05, betas=[0.5, 0.9], eps=0.01, weightDecay=0.1), {}),
        ('Adam', dict(learningRate=0.05, **weights), {}),
        ('AdamW', dict(learningRate=0.05, weightDecay=0), {}),
        ('AdamW', dict(learningRate=0.05), {}),
        ('AdamW', dict(learningRate=0.05, betas=[0.5, 0.9], eps=0.01, weightDecay=0.1), {}),
        ('AdamW', dict(learningRate=0.05, **weights), {}),
        ('SGD', dict(learningRate=0.02, momentum=0.9, nesterov=True, **weights), {}),
        ('SGD', dict(learningRate=0.05, momentum=0.9), dict(maxNorm=1)),
        ('AdamW', dict(learningRate=0.05, weightDecay=0.1), dict(maxNorm=1)),
        ('SGD', dict(learningRate=5e4), dict(maxNorm=1e-6)),
        ('SGD', dict(learningRate=0.1, momentum=0.9), dict(schedule=onecycle)),
        ('AdamW', dict(learningRate=0.1, **weights), dict(maxNorm=1, schedule=onecycle)),
        ('SGD', dict(learningRate=0.05, momentum=0.9, nesterov=True, **weights), dict(maxNorm=1, schedule=onecycle)),
    ]
    def run(name, options, extras):
        parameters = [nn.Parameter(values(SEED, 6100 + i, shape).to(dtype)) for i, shape in enumerate([(2, 3), (3,)])]
        opt = optimizer_of(name, options, parameters)
        scheduler = scheduler_of(extras['schedule'], opt) if 'schedule' in extras else None
        after, norms = [], []
        for s in range(STEPS):
            for i, p in enumerate(parameters): p.grad = values(SEED, 6110 + 2 * s + i, tuple(p.shape), bounds[s % 4]).to(dtype)
            if 'maxNorm' in extras: norms.append(nn.utils.clip_grad_norm_(parameters, extras['maxNorm']).item())
            opt.step()
            if scheduler: scheduler.step()
            if s + 1 in checked: after.append(numbers(torch.cat([p.flatten() for p in parameters])))
        state = {k: numbers(torch.cat([opt.state[p][k].flatten() for p in parameters]))
                 for k, value in opt.state[parameters[0]].items() if k != 'step' and value is not None}
        return dict(optimizer=name, options=options, **extras, **(dict(norms=[float(f'{n:.4g}') for n in norms]) if norms else {}),
                    after=after, state=state)
    return dict(seed=SEED, gradientBounds=bounds, steps=checked, cases=[run(*case) for case in cases])

def schedules(dtype):
    """The learning rates of the steps, of an optimizer whose own is 1."""
    def rates(schedule, steps):
        opt = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0); scheduler = scheduler_of(schedule, opt); found = []
        for s in range(steps):
            found.append(float(f"{opt.param_groups[0]['lr']:.15g}")); opt.step()
            if s + 1 < steps: scheduler.step()
        return dict(schedule=schedule, rates=found)
    cycle = dict(type='oneCycle')
    return [rates(dict(**cycle, totalSteps=STEPS), STEPS),
            rates(dict(**cycle, totalSteps=13, pctStart=0.25, divFactor=10, finalDivFactor=100), 13),
            rates(dict(**cycle, totalSteps=7, pctStart=0.0), 7), rates(dict(**cycle, totalSteps=7, pctStart=1.0), 7),
            rates(dict(type='step', stepSize=6, gamma=0.3), STEPS), rates(dict(type='cosine', totalSteps=STEPS), STEPS),
            rates(dict(type='cosine', totalSteps=STEPS, warmupSteps=5), STEPS),
            rates(dict(type='triangular', totalSteps=STEPS), STEPS), rates(dict(type='triangular', totalSteps=7, pctStart=0.0, endFactor=0.3), 7),
            rates(dict(type='triangular', totalSteps=STEPS, pctStart=0.23, startFactor=0.2, endFactor=0.07), STEPS),
            rates(dict(type='triangular', totalSteps=13, pctStart=0.5, startFactor=0.5), 13)]

def smoothing(dtype):
    """Logits are stream 6200 + case with bound 8, targets floor(u · classes) of stream 6300 + case."""
    def run(i, samples, classes, smoothing):
        x = values(SEED, 6200 + i, (samples, classes), 8).to(dtype).requires_grad_(True)
        target = torch.tensor((uniform(SEED, 6300 + i, samples) * classes).astype(np.int64))
        loss = nn.functional.cross_entropy(x, target, label_smoothing=smoothing); loss.backward()
        return dict(samples=samples, classes=classes, labelSmoothing=smoothing, targets=target.tolist(), loss=float(f'{loss.item():.9g}'),
                    gradient=numbers(x.grad))
    return dict(seed=SEED, cases=[run(*case) for case in [(0, 5, 10, 0.1), (1, 3, 2, 0.1), (2, 4, 3, 0.3), (3, 2, 4, 1.0)]])

class SmallNet(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 6, 3, stride=2, padding=1),
                         nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(54, 4))

def recipe(dtype):
    """A network of formula weights, trained on one batch over and over, and the moving average of it, which is evaluated.
    Pixel i of the 24 images of 6×6 is floor(128 (value + 1)) / 255 of stream 6400, bound 1; label n is n mod 4, and the
    pixels of row (label) of each image are 1."""
    samples, nesterov = 24, dict(learningRate=0.2, momentum=0.9, nesterov=True, weightDecay=0.01, decay='weights')
    settings = dict(optimizer=nesterov, schedule=dict(type='oneCycle', totalSteps=STEPS), labelSmoothing=0.1, maxGradientNorm=0.5,
                    averageDecay=0.5)
    model = SmallNet(); formula_init(model, SEED); model.to(dtype).train()
    x = torch.floor(128 * (values(SEED, 6400, (samples, 1, 6, 6)).double() + 1)) / 255
    y = torch.arange(samples) % 4
    for n in range(samples): x[n, 0, y[n]] = 1
    x = x.to(torch.float32).to(dtype)
    tensors = lambda m: {k: numbers(v, 8) for k, v in m.state_dict().items() if not k.endswith('num_batches_tracked')}
    opt = optimizer_of('SGD', settings['optimizer'], list(model.parameters())); scheduler = scheduler_of(settings['schedule'], opt)
    share = lambda steps: min(settings['averageDecay'], steps.item() / (steps.item() + 9))
    average = AveragedModel(model, avg_fn=lambda mean, value, steps: mean + (value - mean) * (1 - share(steps)), use_buffers=True)
    losses, norms = [], []
    for _ in range(STEPS):
        opt.zero_grad(); loss = nn.functional.cross_entropy(model(x), y, label_smoothing=settings['labelSmoothing']); loss.backward()
        losses.append(float(f'{loss.item():.9g}'))
        norms.append(float(f"{nn.utils.clip_grad_norm_(model.parameters(), settings['maxGradientNorm']).item():.4g}"))
        opt.step(); scheduler.step(); average.update_parameters(model)
    average.eval()
    with torch.no_grad(): evaluation = nn.functional.cross_entropy(average(x), y).item()
    return dict(seed=SEED, samples=samples, **settings, losses=losses, norms=norms, evaluation=float(f'{evaluation:.9g}'),
                after=tensors(model), average=tensors(average.module))

warnings.simplefilter('ignore')  # of a schedule's last step
p = argparse.ArgumentParser(); p.add_argument('what', choices=['optimizers', 'schedules', 'smoothing', 'recipe'])
p.add_argument('--double', action='store_true'); a = p.parse_args()
print(json.dumps(globals()[a.what](torch.float64 if a.double else torch.float32)))
