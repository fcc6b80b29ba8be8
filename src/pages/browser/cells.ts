const cellsOf = () => [...document.querySelectorAll<HTMLAnchorElement>('.matrix a')];

/** A click on a cell shows its pictures where others were; arrow keys go to the next cell in a row or a column.
 * @param chosen the cell to begin with, such as `#cell-0-1`; by default the one that the address names, or the fullest */
export function chooseCells(chosen = location.hash): void {
  const cells = cellsOf();
  for (const cell of cells) {
    cell.addEventListener('click', (event) => {
      event.preventDefault();
      choose(cell);
      const panel = document.querySelector(cell.hash) as Element;
      if (panel.getBoundingClientRect().top > innerHeight) panel.scrollIntoView();
    });
    cell.addEventListener('keydown', (event) => {
      const next = neighbour(cell, event.key);
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
      choose(next);
    });
  }
  const wanted = cells.find(({ hash }) => hash === chosen);
  const first = wanted ?? cells.find(({ hash }) => document.querySelector(hash)?.classList.contains('chosen'));
  if (first) choose(first);
}

/** The cell whose pictures are shown. */
export const chosenCell = (): HTMLAnchorElement | undefined => cellsOf().find((cell) => cell.ariaCurrent === 'true');

/** Shows a cell's pictures; of all cells it is the one that the Tab key comes to. */
function choose(cell: HTMLAnchorElement): void {
  for (const other of cellsOf()) {
    const isChosen = other === cell;
    document.querySelector(other.hash)?.classList.toggle('chosen', isChosen);
    other.tabIndex = isChosen ? 0 : -1;
    if (isChosen) other.setAttribute('aria-current', 'true');
    else other.removeAttribute('aria-current');
  }
}

const steps: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The next cell with pictures in the key's direction. */
function neighbour(cell: HTMLAnchorElement, key: string): HTMLAnchorElement | undefined {
  const step = steps[key];
  const body = cell.closest('tbody');
  if (step === undefined || body === null) return undefined;
  let column = (cell.closest('td') as HTMLTableCellElement).cellIndex;
  let row = (cell.closest('tr') as HTMLTableRowElement).sectionRowIndex;
  for (;;) {
    column += step[0];
    row += step[1];
    const entry = body.rows[row]?.cells[column];
    if (entry === undefined) return undefined;
    const found = entry.querySelector('a');
    if (found) return found;
  }
}
