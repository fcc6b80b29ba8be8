/** Repeats some work on that many images for as long as one turn lasts, and returns images/s. */
export async function rate(images: number, seconds: number, work: () => unknown): Promise<number> {
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < 1000 * seconds) {
    await work();
    count += images;
  }
  return count / ((performance.now() - start) / 1000);
}
