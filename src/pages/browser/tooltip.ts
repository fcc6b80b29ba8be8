const tooltip = document.querySelector<HTMLElement>('.tooltip') as HTMLElement;
const DISTANCE = 18;

/** What the table says of a trial, beside the pointer. */
export function showTooltip(trial: string, x: number, y: number): void {
  if (tooltip.dataset.of !== trial) {
    const cells = document.querySelectorAll<HTMLElement>(`tr[data-trial="${trial}"] td`);
    const heads = document.querySelectorAll('.trials th');
    const entries = [...cells].flatMap((cell, i) => [text('dt', heads[i].textContent), text('dd', cell.textContent)]);
    const list = document.createElement('dl');
    list.append(...entries);
    tooltip.replaceChildren(list);
    tooltip.dataset.of = trial;
  }
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  const left = x + DISTANCE + width > innerWidth ? x - DISTANCE - width : x + DISTANCE;
  const top = Math.min(y + DISTANCE, innerHeight - height - 8);
  tooltip.style.translate = `${Math.max(8, left)}px ${Math.max(8, top)}px`;
}

export function hideTooltip(): void {
  tooltip.hidden = true;
}

function text(name: string, content: string | null): HTMLElement {
  const element = document.createElement(name);
  element.textContent = content;
  return element;
}
