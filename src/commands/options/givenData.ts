import { existsSync } from 'node:fs';
import type { DataOptions, LabelledData } from '../../datasets/labelledData.js';
import { openData } from '../../datasets/openData.js';
import { fashionMnistFolder } from '../../fashionMnist/dataset.js';
import { refused } from './setting.js';

/** Opens what --data names. What it names by default is in heddle's repository, and not in the package.
 * @throws HeddleError ARGUMENT where that is not there, else as openData */
export async function openGivenData(data: string, options: DataOptions): Promise<LabelledData> {
  if (data === fashionMnistFolder && !existsSync(data))
    throw refused(
      '--data: expected a folder of pictures, with a folder for each class, or another data set; found none. ' +
        'The command heddle data lists what there is, and how to get it',
    );
  return openData(data, options);
}
