/** Where two arrays differ, at most five places, in words. (A matcher on long arrays takes minutes to print them.) */
export function unequal(found: ArrayLike<unknown>, expected: ArrayLike<unknown>): string[] {
  const places = found.length === expected.length ? [] : [`${found.length} elements instead of ${expected.length}`];
  for (let i = 0; i < expected.length && places.length < 5; i++)
    if (!Object.is(found[i], expected[i])) places.push(`${found[i]} instead of ${expected[i]} at ${i}`);
  return places;
}
