import type { Dataset } from '../data/dataset.js';
import type { ImageTransform } from '../data/imageTransform.js';

/** A file that was left out of a data set, and why. */
export interface Unreadable {
  readonly file: string;
  readonly reason: string;
}

/** What a folder or a file of labelled pictures holds. */
export interface LabelledData {
  /** What kind it is, as people call it: "a folder of pictures", "CIFAR-10", "IDX files". */
  readonly kind: string;
  readonly train: Dataset;
  /** Given as such, or held out of the others. */
  readonly test: Dataset;
  /** The classes' names, in the order of their numbers. */
  readonly classes: readonly string[];
  /** What made the inputs of pictures, or would make inputs as these of other pictures. */
  readonly transform: ImageTransform;
  /** The pictures' paths in the data set's folder, in the order of the samples, where each has a file of its own. */
  readonly files?: { readonly train: readonly string[]; readonly test: readonly string[] };
  /** The widths and heights that the pictures had before they were made equal: smallest, median and largest. */
  readonly sizes?: Readonly<Record<'smallest' | 'median' | 'largest', readonly [width: number, height: number]>>;
  readonly unreadable: readonly Unreadable[];
  /** The number of files that were passed over, since they are no pictures or in no class's folder. */
  readonly otherFiles?: number;
  /** Why decoded pictures could not be kept in the cacheFolder, if that was so. */
  readonly notKept?: string;
}

export interface DataOptions {
  /** How pictures become inputs; absent, it follows from the pictures and imageSize. */
  readonly transform?: ImageTransform | undefined;
  /** Height and width of the inputs where the transform is chosen here. */
  readonly imageSize?: number | undefined;
  /** Their channels then; absent, 3 if one of the pictures has colours, else 1. */
  readonly channels?: 1 | 3 | undefined;
  /** The classes of a model that is to see the data: the data's may be some of these, and get their numbers. */
  readonly classes?: readonly string[] | undefined;
  /** The share of the pictures of each class that are held out where the data has no test set of its own. Default 0.2. */
  readonly testShare?: number | undefined;
  /** Which they are. Default 0. */
  readonly seed?: number | undefined;
  /** Threads that decode. Default os.availableParallelism(). */
  readonly workers?: number | undefined;
  /** Where decoded pictures are kept for the next start; absent, they are not. */
  readonly cacheFolder?: string | undefined;
  /** Called now and then with the number of pictures that are decoded, and of all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the loading early, with its reason as the error. */
  readonly signal?: AbortSignal | undefined;
}
