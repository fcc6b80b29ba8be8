import { createRequire } from 'node:module';

/** Where the npm package koffi lies, for a thread whose code does not lie beside it; undefined where it is not installed. */
export function koffiPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('koffi');
  } catch {
    return undefined;
  }
}
