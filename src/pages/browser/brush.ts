import { keep, pointsOf, trialCount, trialOf } from './trials.js';

/** A range of an axis, from 0 at its foot to 1. */
type Range = readonly [low: number, high: number];

const SHORTEST = 0.015;
const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Ranges that are drawn along the axes of the parallel coordinates choose trials: those which pass through all of them. */
export function brushAxes(): void {
  const [axes, threads] = [
    document.querySelectorAll<SVGGElement>('.axis'),
    document.querySelectorAll('.threads .thread'),
  ];
  const points = new Map([...threads].map((thread) => [trialOf(thread) as string, pointsOf(thread)]));
  const ranges = new Map<number, Range>();
  const selection = document.querySelector<HTMLElement>('.selection');
  if (!selection) return;

  const update = () => {
    const passes = (trial: string) =>
      [...ranges].every(([axis, [low, high]]) => {
        const y = points.get(trial)?.[axis]?.[1];
        return y !== undefined && y >= low && y <= high;
      });
    keep(passes);
    const count = [...points.keys()].filter(passes).length;
    selection.hidden = ranges.size === 0;
    (selection.querySelector('span') as HTMLElement).textContent = `${count} of ${trialCount()} trials`;
  };
  const brushes = [...axes].map((axis, i) => {
    const draw = drawBrush(axis);
    const choose = (range: Range | undefined) => {
      if (range) ranges.set(i, range);
      else ranges.delete(i);
      draw(range);
      update();
    };
    byPointer(axis, choose);
    byKeys(axis, () => ranges.get(i), choose);
    return choose;
  });
  selection.querySelector('button')?.addEventListener('click', () => {
    for (const choose of brushes) choose(undefined);
  });
}

function drawBrush(axis: SVGGElement): (range: Range | undefined) => void {
  const grip = axis.querySelector('.grip') as SVGRectElement;
  const brush = grip.cloneNode() as SVGRectElement;
  brush.setAttribute('class', 'brush');
  const attributes = { tabindex: 0, role: 'slider', 'aria-orientation': 'vertical', 'aria-label': axis.dataset.name };
  for (const [name, value] of Object.entries({ ...attributes, 'aria-valuemin': 0, 'aria-valuemax': 100 }))
    axis.setAttribute(name, String(value));
  return (range) => {
    const [low, high] = range ?? [0, 1];
    brush.setAttribute('y', `${100 * (1 - high)}%`);
    brush.setAttribute('height', `${100 * (high - low)}%`);
    if (range) grip.before(brush);
    else brush.remove();
    axis.setAttribute('aria-valuenow', String(Math.round(50 * (low + high))));
    const [from, to] = [low, high].map((value) => Math.round(100 * value));
    axis.setAttribute('aria-valuetext', range ? `from ${from} to ${to} per cent of the axis` : 'all');
  };
}

function byPointer(axis: SVGGElement, choose: (range: Range | undefined) => void): void {
  const grip = axis.querySelector('.grip') as SVGRectElement;
  let start: number | undefined;
  const height = ({ clientY }: PointerEvent) => {
    const box = grip.getBoundingClientRect();
    return clamp(1 - (clientY - box.top) / box.height);
  };
  grip.addEventListener('pointerdown', (event) => {
    start = height(event);
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener('pointermove', (event) => {
    if (start === undefined) return;
    const end = height(event);
    if (Math.abs(end - start) > SHORTEST) choose([Math.min(start, end), Math.max(start, end)]);
  });
  grip.addEventListener('pointerup', (event) => {
    if (start !== undefined && Math.abs(height(event) - start) <= SHORTEST) choose(undefined);
    start = undefined;
  });
  // The plot holds what is clicked; the end of a range is no such click.
  grip.addEventListener('click', (event) => event.stopPropagation());
  grip.addEventListener('pointercancel', () => {
    start = undefined;
  });
}

/** Up and down move a range, with Shift they move its upper end; Escape lets all trials pass. */
function byKeys(axis: SVGGElement, current: () => Range | undefined, choose: (range?: Range) => void): void {
  axis.addEventListener('keydown', (event) => {
    const step = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key];
    if (event.key === 'Escape') choose(undefined);
    if (step === undefined) return;
    event.preventDefault();
    const [low, high] = current() ?? (step > 0 ? [0, 0.25] : [0.75, 1]);
    if (event.shiftKey) choose([low, Math.max(low + 0.05, clamp(high + step))]);
    else if (current() && low + step >= -1e-9 && high + step <= 1 + 1e-9) choose([low + step, high + step]);
    else choose([low, high]);
  });
}
