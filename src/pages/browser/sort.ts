/** A click on a column's head sorts by it, numbers from the greatest, and the next one the other way round. */
export function sortByColumns(): void {
  const heads = [...document.querySelectorAll<HTMLElement>('.trials th')];
  const body = document.querySelector<HTMLTableSectionElement>('.trials tbody');
  for (const [column, head] of heads.entries())
    head.querySelector('button')?.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort') ?? (head.classList.contains('number') ? 'ascending' : 'descending');
      const descending = before === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const rows = [...(body?.rows ?? [])];
      body?.append(...rows.sort((a, b) => compare(a.cells[column], b.cells[column], descending)));
    });
}

/** Rows whose value is missing come last in both directions. */
function compare(a: HTMLElement, b: HTMLElement, descending: boolean): number {
  const [first, second] = [a.dataset.value ?? '', b.dataset.value ?? ''];
  if (first === '' || second === '') return Number(first === '') - Number(second === '');
  const order = Number(first) - Number(second);
  return (Number.isNaN(order) ? first.localeCompare(second) : order) * (descending ? -1 : 1);
}
