/** No deflate stream grows by more than this: two bits give at most 258 bytes (zlib.org/zlib_tech.html). */
export const MAX_DEFLATE_RATIO = 1032;
