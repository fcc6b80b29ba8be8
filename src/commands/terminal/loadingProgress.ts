import { clearLine, drawProgress, isTerminal } from './progressBar.js';

/** A bar that shows on a terminal how many pictures are read; elsewhere nothing is shown. */
export function loadingProgress(json: boolean): { readonly draw: (done: number, total: number) => void; end(): void } {
  if (json || !isTerminal()) return { draw: () => {}, end: () => {} };
  const start = performance.now();
  let drawn = false;
  return {
    draw: (done, total) => {
      const imagesPerSecond = (1000 * done) / Math.max(1, performance.now() - start);
      drawProgress({ title: 'reading pictures', done, total, imagesPerSecond });
      drawn = true;
    },
    end: () => {
      if (drawn) clearLine();
    },
  };
}
