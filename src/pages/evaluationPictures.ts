import { type Cell, type EvaluationView, isRight, type Sample } from './evaluationView.js';
import { thumbnail } from './thumbnail.js';

/** At most so many pictures stand in a cell, and as examples of the worst mistakes. */
export const MOST_IN_CELL = 24;
const MOST_EXAMPLES = 24;
/** At most so many characters are pictures, so that a page is smaller than 10 MB. */
const MOST_CHARACTERS = 7_000_000;

/** A picture that stands on the page. */
export interface Picture {
  readonly sample: Sample;
  readonly url: string;
}

/** The pictures that there is room for. */
export interface Pictures {
  /** The surest mistakes or, where there are none, what was right and least sure. */
  readonly examples: readonly Picture[];
  /** Cells as in the view. */
  readonly cells: readonly (Pick<Cell, 'label' | 'prediction'> & {
    readonly count: number;
    readonly pictures: readonly Picture[];
  })[];
}

/** Takes one of each cell, then another of each, and so on, until the page is full. */
export function picturesOf(view: EvaluationView): Pictures {
  let left = MOST_CHARACTERS;
  const take = (sample: Sample): Picture[] => {
    const url = left > 0 ? thumbnail(view, sample.index) : '';
    left -= url.length;
    return left > 0 ? [{ sample, url }] : [];
  };
  const examples = examplesOf(view).flatMap(take);
  const cells = view.cells.map(({ label, prediction, samples }) => ({
    label,
    prediction,
    count: samples.length,
    pictures: [] as Picture[],
  }));
  for (let place = 0; place < MOST_IN_CELL; place++)
    for (const [i, { samples }] of view.cells.entries())
      if (place < samples.length) cells[i].pictures.push(...take(samples[place]));
  return { examples, cells };
}

function examplesOf({ mistakes, samples }: EvaluationView): readonly Sample[] {
  const leastSure = () => samples.filter(isRight).toSorted((a, b) => a.confidence - b.confidence || a.index - b.index);
  return (mistakes.length > 0 ? mistakes : leastSure()).slice(0, MOST_EXAMPLES);
}
