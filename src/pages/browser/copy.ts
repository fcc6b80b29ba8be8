/** Copies the text in a button's box; where the browser forbids that, selects it, for the reader to copy. */
export function offerCopies(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('.copy')) {
    const name = button.textContent;
    const code = button.closest('.file')?.querySelector('code') as HTMLElement;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent ?? '');
        button.textContent = 'Copied';
      } catch {
        getSelection()?.selectAllChildren(code);
        button.textContent = 'Selected';
      }
      setTimeout(() => {
        button.textContent = name;
      }, 1500);
    });
  }
}
