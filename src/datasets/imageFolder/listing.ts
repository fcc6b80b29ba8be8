import { opendir, realpath, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { HeddleError, reason } from '../../errors.js';
import { formatError } from '../../formats/fileKind.js';

/** A picture's file as the file system has it. */
export interface PictureFile {
  /** Its path below the data set's folder, with / between names on all systems. */
  readonly file: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds. Of a link that leads nowhere this is 0, and decoding tells. */
  readonly modified: number;
}

/** What a folder has in itself, in the order of code units, which is the same on all machines. */
export interface Entries {
  readonly pictures: readonly PictureFile[];
  /** Names. */
  readonly folders: readonly string[];
}

/** They take some 200 bytes of memory each. */
const MOST_ENTRIES = 2_000_000;
/** Names and files that are asked for at once. */
const [NAMES, STATS] = [1024, 64];

export const isPicture = (name: string) => /\.(png|jpe?g)$/i.test(name);
/** What file managers and archives leave behind. */
const isHidden = (name: string) => name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name);

const isWithin = (path: string, folder: string) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Finds pictures in a tree of folders. Symbolic links are followed, pipes and devices are not opened. */
export class Listing {
  /** Files of other kinds that were passed over. */
  otherFiles = 0;
  private entries = 0;

  /** @param root the data set's folder */
  constructor(
    readonly root: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @param folder below the root, '' for that
   * @throws HeddleError FILE when the folder cannot be read, FORMAT when there is too much in all; or the signal's reason */
  async read(folder: string): Promise<Entries> {
    const path = join(this.root, folder);
    const [files, folders]: string[][] = [[], []];
    await this.reading(path, async () => {
      for await (const entry of await opendir(path, { bufferSize: NAMES })) {
        this.signal?.throwIfAborted();
        const { name } = entry;
        if (isHidden(name)) continue;
        const kind = entry.isSymbolicLink() ? await stat(join(path, name)).catch(() => undefined) : entry;
        if (kind?.isDirectory()) folders.push(name);
        else if (isPicture(name) && kind?.isFile() !== false) files.push(name);
        else this.otherFiles++;
        if (this.entries + files.length + folders.length > MOST_ENTRIES) throw this.tooMany();
      }
    });
    this.entries += files.length + folders.length;
    return { pictures: await this.withStats(folder, files.sort()), folders: folders.sort() };
  }

  /** The pictures in a folder and in those below it. A folder to which several links lead counts once; the root, and those that it
   * lies in, not at all, as pictures of all classes are there.
   * @throws as read */
  async readTree(folder: string): Promise<PictureFile[]> {
    const all: PictureFile[] = [];
    const visited = new Set<string>();
    const root = await this.reading(this.root, () => realpath(this.root));
    const visit = async (below: string) => {
      const path = join(this.root, below);
      const place = await this.reading(path, () => realpath(path));
      if (visited.has(place) || isWithin(root, place)) return;
      visited.add(place);
      const { pictures, folders } = await this.read(below);
      for (const picture of pictures) all.push(picture);
      for (const name of folders) await visit(posix.join(below, name));
    };
    await visit(folder);
    return all.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  private async withStats(folder: string, names: readonly string[]): Promise<PictureFile[]> {
    const pictures: PictureFile[] = [];
    for (let i = 0; i < names.length; i += STATS) {
      this.signal?.throwIfAborted();
      const some = names.slice(i, i + STATS).map(async (name) => {
        const file = posix.join(folder, name);
        const stats = await stat(join(this.root, file)).catch(() => undefined);
        return { file, bytes: stats?.size ?? 0, modified: stats?.mtimeMs ?? 0 };
      });
      pictures.push(...(await Promise.all(some)));
    }
    return pictures;
  }

  private async reading<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      this.signal?.throwIfAborted();
      if (cause instanceof HeddleError) throw cause;
      throw new HeddleError(
        'FILE',
        `cannot read the folder ${path}: ${reason(cause)}. Check the path and its rights.`,
        {
          cause,
        },
      );
    }
  }

  private tooMany(): HeddleError {
    const problem = `expected at most ${MOST_ENTRIES} pictures and folders; found more`;
    return formatError(this.root, problem, 'Take a part of them');
  }
}
