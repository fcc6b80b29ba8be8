/** Everything on the page that stands for a trial, by its number. */
const elements = new Map<string, Element[]>();
for (const element of document.querySelectorAll('[data-trial]')) {
  const trial = trialOf(element) as string;
  elements.set(trial, [...(elements.get(trial) ?? []), element]);
}

export function trialOf(element: Element): string | undefined {
  return element.getAttribute('data-trial') ?? undefined;
}

let shown: string | undefined;

/** Brings one trial out of the others, in all plots and in the table. */
export function show(trial: string | undefined): void {
  if (trial === shown) return;
  for (const element of elements.get(shown ?? '') ?? []) element.classList.remove('on');
  for (const element of elements.get(trial ?? '') ?? []) element.classList.add('on');
  document.body.classList.toggle('pointing', trial !== undefined);
  shown = trial;
}

/** Keeps those trials; the others fade from the plots and leave the table. */
export function keep(kept: (trial: string) => boolean): void {
  for (const [trial, all] of elements) for (const element of all) element.classList.toggle('out', !kept(trial));
}

export const trialCount = (): number => elements.size;

/** An element's points, x to the right and y upwards from 0 to 1. */
export const pointsOf = (element: Element): number[][] =>
  (element.getAttribute('data-points') ?? '')
    .split(' ')
    .filter(Boolean)
    .map((point) => point.split(',').map(Number));
