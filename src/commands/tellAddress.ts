/** Prints where a page is to be seen. */
export const tellAddress = (address: string, json: boolean): void => {
  process.stdout.write(json ? `${JSON.stringify({ event: 'page', address })}\n` : `To look at: ${address}\n`);
};
