/** The rows of a rank's columns, where they lie in a matrix and where in memory that has each rank's block in one piece. */
export function* columnsOf(
  array: Float32Array,
  columns: number,
  packed: Float32Array,
  starts: readonly number[],
  rank: number,
): Generator<{ inArray: Float32Array; inPacked: Float32Array }> {
  const rows = array.length / columns;
  const [first, end] = [starts[rank], starts[rank + 1]];
  const width = end - first;
  for (let row = 0; row < rows; row++) {
    const place = rows * first + row * width;
    yield {
      inArray: array.subarray(row * columns + first, row * columns + end),
      inPacked: packed.subarray(place, place + width),
    };
  }
}
