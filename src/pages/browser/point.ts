import { hideTooltip, showTooltip } from './tooltip.js';
import { pointsOf, show, trialOf } from './trials.js';

// Pixels from the pointer within which a mark or a line is meant.
const [MARK_REACH, LINE_REACH] = [22, 14];

/** Pointing at a trial in a plot, or at its row, shows it everywhere; a click holds it until the next, or until Escape. */
export function followPointer(): void {
  let held: string | undefined;
  const point = (trial: string | undefined, event?: MouseEvent) => {
    show(trial ?? held);
    if (trial !== undefined && event) showTooltip(trial, event.clientX, event.clientY);
    else hideTooltip();
  };
  for (const plot of document.querySelectorAll<SVGSVGElement>('svg.plot')) {
    plot.addEventListener('pointermove', (event) => {
      if (event.buttons === 0) point(nearest(plot, event), event);
    });
    plot.addEventListener('pointerleave', () => point(undefined));
  }
  for (const row of document.querySelectorAll('tr[data-trial]')) {
    for (const name of ['pointerenter', 'focus']) row.addEventListener(name, () => point(trialOf(row)));
    for (const name of ['pointerleave', 'blur']) row.addEventListener(name, () => point(undefined));
  }
  document.addEventListener('click', (event) => {
    const target = event.target as Element;
    const [plot, row] = [target.closest<SVGSVGElement>('svg.plot'), target.closest('tr[data-trial]')];
    held = plot ? nearest(plot, event) : row ? trialOf(row) : undefined;
    point(held, plot ? event : undefined);
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    held = undefined;
    point(undefined);
  });
}

/** The trial whose mark or line is nearest, if it is near. */
function nearest(plot: SVGSVGElement, { clientX, clientY }: MouseEvent): string | undefined {
  let [found, least]: [Element | undefined, number] = [undefined, 1];
  const consider = (element: Element, distance: number) => {
    if (distance < least) [found, least] = [element, distance];
  };
  for (const mark of plot.querySelectorAll('.mark:not(.out)')) {
    const { left, top, width, height } = mark.getBoundingClientRect();
    consider(mark, Math.hypot(left + width / 2 - clientX, top + height / 2 - clientY) / MARK_REACH);
  }
  const box = plot.getBoundingClientRect();
  const x = (clientX - box.left) / box.width;
  for (const line of plot.querySelectorAll('.thread:not(.out)')) {
    const y = heightAt(pointsOf(line), x, plot.hasAttribute('data-eased'));
    if (y !== undefined) consider(line, Math.abs((1 - y) * box.height + box.top - clientY) / LINE_REACH);
  }
  return found && trialOf(found);
}

function heightAt(points: number[][], x: number, eased: boolean): number | undefined {
  const next = points.findIndex(([end]) => end >= x);
  if (next < 1) return undefined;
  const [[x0, y0], [x1, y1]] = [points[next - 1], points[next]];
  const share = (x - x0) / (x1 - x0);
  return y0 + (y1 - y0) * (eased ? share * share * (3 - 2 * share) : share);
}
