import { join } from 'node:path';
import { quote } from '../errors.js';
import { formatError } from '../formats/fileKind.js';
import { readText, unlessMissing } from '../formats/regularFile.js';

/** The names in the file classes.txt or labels.txt of a folder; undefined where it has none. @throws as readClassNames */
export const classNamesIn = async (folder: string): Promise<string[] | undefined> =>
  (await readClassNames(join(folder, 'classes.txt'))) ?? (await readClassNames(join(folder, 'labels.txt')));

/** Reads a file of class names, one a line; undefined where it is not there.
 * @throws HeddleError FILE when it cannot be read, FORMAT when it has no names, an empty one or one twice */
export async function readClassNames(path: string): Promise<string[] | undefined> {
  const text = await readText(path).catch(unlessMissing);
  return text === undefined ? undefined : classNamesOf(text, path);
}

/** @throws HeddleError FORMAT */
function classNamesOf(text: string, source: string): string[] {
  const names = linesOf(text);
  if (names.length === 0)
    throw formatError(source, 'expected the name of a class on each line; found none', 'Write them');
  for (const [i, name] of names.entries()) {
    if (name === '') throw formatError(source, `line ${i + 1}: expected the name of a class; found none`, 'Write one');
    const first = names.indexOf(name);
    if (first < i) {
      const problem = `line ${i + 1}: expected a name of its own; found ${quote(name)}, as on line ${first + 1}`;
      throw formatError(source, problem, 'Give each class another name');
    }
  }
  return names;
}

/** A text's lines without the empty ones at its end. */
const linesOf = (text: string): string[] => {
  const trimmed = text.trimEnd();
  return trimmed === '' ? [] : trimmed.split('\n').map((line) => line.trim());
};

/** Reads one of EMNIST's mapping files: on each line a label, and the code points of the characters that it stands for.
 * @returns by label, the characters; undefined where the file is not there
 * @throws HeddleError FILE when it cannot be read, FORMAT when a line is not so or a label or its characters come twice */
export async function readMapping(path: string): Promise<Map<number, string> | undefined> {
  const text = await readText(path).catch(unlessMissing);
  return text === undefined ? undefined : mappingOf(text, path);
}

const MAX_LABEL = 255;

/** @throws HeddleError FORMAT */
export function mappingOf(text: string, source: string): Map<number, string> {
  const mapping = new Map<number, string>();
  for (const [i, line] of linesOf(text).entries()) {
    const [label, ...codes] = line.split(/[ \t]+/).map((part) => (/^\d{1,7}$/.test(part) ? Number(part) : Number.NaN));
    const isRight = label <= MAX_LABEL && codes.length > 0 && codes.every(isCharacter) && !mapping.has(label);
    const characters = isRight ? String.fromCodePoint(...codes) : '';
    if (!isRight || [...mapping.values()].includes(characters)) {
      const expected = `a label from 0 to ${MAX_LABEL} and the numbers of its characters, of which none came before`;
      throw formatError(source, `line ${i + 1}: expected ${expected}; found ${quote(line)}`, 'Get it again');
    }
    mapping.set(label, characters);
  }
  if (mapping.size === 0)
    throw formatError(source, 'expected a label and its characters on each line; found none', 'Get it again');
  return mapping;
}

const isCharacter = (code: number) => code > 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
