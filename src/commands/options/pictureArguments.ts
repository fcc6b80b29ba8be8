import { realpath, stat } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { Minimatch } from 'minimatch';
import { Listing } from '../../datasets/imageFolder/listing.js';
import { HeddleError } from '../../errors.js';

/** A picture that a command was given. */
export interface NamedPicture {
  readonly file: string;
  /** Of a picture in a folder that was given, the folders of which one may have the name of its class: those below the given
   * one, the outermost first, and then that one. */
  readonly folders: readonly string[];
}

/** A picture, or a name that stands for none, and why. */
export type Named = NamedPicture | { readonly file: string; readonly error: unknown };

/** The pictures that a command is given, in the order of its arguments: files, those in folders and below them, and those that
 * match a pattern, which not every shell replaces by names. What is none of these is taken for a file: reading it tells what
 * is wrong. Only the names in one folder, and in those above it, are in memory at a time. */
export async function* picturesNamed(names: readonly string[]): AsyncGenerator<Named> {
  for (const name of names) {
    const found = await stat(name).catch(() => undefined);
    if (found?.isDirectory()) yield* some(name, below(name), 'a folder with PNG or JPEG files; found none in it');
    else if (found || !hasSigns(name)) yield { file: name, folders: [] };
    else yield* some(name, matching(name), 'a file, or a pattern of PNG or JPEG files; found none that it fits');
  }
}

/** Pictures, or an error in the place of none. */
async function* some(file: string, pictures: AsyncIterable<Named>, expected: string): AsyncGenerator<Named> {
  let isEmpty = true;
  for await (const picture of pictures) {
    isEmpty = false;
    yield picture;
  }
  if (isEmpty) yield { file, error: new HeddleError('FILE', `${file}: expected ${expected}. Check the name.`) };
}

const hasSigns = (name: string) => /[*?[{]/.test(name);
const onWindows = process.platform === 'win32';

/** The pictures whose names fit a pattern of `*`, `?`, `[…]`, `{…,…}` and, for folders of any depth, `**`. */
async function* matching(pattern: string): AsyncGenerator<Named> {
  const names = (onWindows ? pattern.replaceAll('\\', '/') : pattern).split('/');
  const first = names.findIndex(hasSigns);
  const matcher = new Minimatch(names.slice(first).join('/'), {
    nonegate: true,
    noext: true,
    nocomment: true,
    nocase: onWindows,
  });
  const root = first === 0 ? '.' : `${names.slice(0, first).join('/')}/`;
  if (!(await stat(root).catch(() => undefined))) return;
  for await (const named of below(root, (path, isFolder) => matcher.match(path, isFolder)))
    yield 'error' in named ? named : { file: named.file, folders: [] };
}

/** The pictures below a folder, each folder's before those of the folders in it, by name. A folder to which several links lead
 * counts once.
 * @param isWanted of a path below it, whether a picture is, or a folder may have some that are */
async function* below(
  root: string,
  isWanted: (path: string, isFolder: boolean) => boolean = () => true,
): AsyncGenerator<Named> {
  const listing = new Listing(root, undefined);
  const visited = new Set<string>();
  const visit = async function* (folder: string): AsyncGenerator<Named> {
    const file = join(root, folder);
    try {
      const place = await realpath(file).catch(() => file); // reading tells why
      if (visited.has(place)) return;
      visited.add(place);
      const { pictures, folders } = await listing.read(folder);
      const above = [...folder.split('/').filter(Boolean), basename(resolve(root))];
      for (const picture of pictures)
        if (isWanted(picture.file, false)) yield { file: join(root, picture.file), folders: above };
      for (const name of folders) {
        const path = posix.join(folder, name);
        if (isWanted(path, true)) yield* visit(path);
      }
    } catch (error) {
      yield { file, error };
    }
  };
  yield* visit('');
}
