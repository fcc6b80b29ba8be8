/** A data set that people can get, and what to do with it. */
export interface KnownData {
  readonly name: string;
  /** What it is, in a few words. */
  readonly summary: string;
  /** Where it is, a line each. */
  readonly get: readonly string[];
  /** Its files, with sizes and MD5 checksums where the places above give them. */
  readonly files: readonly (readonly [name: string, size: string, md5?: string])[];
  /** What to know besides, a line each. */
  readonly notes: readonly string[];
  readonly licence: string;
  /** Commands from the files to a training. */
  readonly commands: readonly string[];
}

/** MNIST's files; the data sets that took its place have files of the same names. */
const mnistFiles = (...rows: readonly (readonly [size: string, md5: string])[]): KnownData['files'] =>
  [
    'train-images-idx3-ubyte.gz',
    'train-labels-idx1-ubyte.gz',
    't10k-images-idx3-ubyte.gz',
    't10k-labels-idx1-ubyte.gz',
  ].map((name, i) => [name, rows[i][0], rows[i][1]]);

// Sizes, checksums and licences are those of the data sets' own pages and of torchvision/datasets (mnist.py, cifar.py).
export const knownData: readonly KnownData[] = [
  {
    name: 'fashion-mnist',
    summary: '70,000 garments, 28×28 grey, 10 classes',
    get: [
      'https://github.com/zalandoresearch/fashion-mnist, its folder data/fashion',
      'Debian: apt install dataset-fashion-mnist (/usr/share/datasets/fashion-mnist)',
      "heddle's repository has it in data/fashion-mnist, with SHA-256 checksums",
    ],
    files: mnistFiles(
      ['26 MB', '8d4fb7e6c68d591d4c3dfef9ec88bf0d'],
      ['29 kB', '25c81989df183df01b3e8a0aad5dffbe'],
      ['4.4 MB', 'bef4ecab320f06d8554ea6380940ec79'],
      ['5 kB', 'bb300cfdad3c16e7a12a480ee83cd310'],
    ),
    notes: ["Debian's files are packed anew: other checksums, the same content."],
    licence: 'MIT, © 2017 Zalando SE',
    commands: ['npx heddle train --data ./fashion-mnist'],
  },
  {
    name: 'mnist',
    summary: '70,000 handwritten digits, 28×28 grey, 10 classes',
    get: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'with the name of each file behind it'],
    files: mnistFiles(
      ['9.9 MB', 'f68b3c2dcbeaaa9fbdd348bbdeb94873'],
      ['29 kB', 'd53e105ee54ea40749a09fcbcd1e9432'],
      ['1.6 MB', '9fb629c4189551a2d022fa330f9573f3'],
      ['5 kB', 'ec29112dd5afa0611ce80d1b7f02629c'],
    ),
    notes: ["Keras' mnist.npz does as well: --data mnist.npz"],
    licence: 'CC BY-SA 3.0, Yann LeCun and Corinna Cortes',
    commands: ['npx heddle train --data ./mnist'],
  },
  {
    name: 'emnist',
    summary: 'handwritten letters and digits, 28×28 grey, 10 to 62 classes',
    get: [
      'https://www.nist.gov/itl/products-and-services/emnist-dataset',
      'https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip',
    ],
    files: [['gzip.zip', '562 MB', '58c8d27c78d21e728a6bc7b3cc06412e']],
    notes: [
      'Six splits: balanced (131,600 images, 47 classes), letters (145,600, 26),',
      'digits (280,000, 10), mnist (70,000, 10), bymerge (814,255, 47) and byclass',
      '(814,255, 62). Images are turned upright; the mapping file names the classes.',
    ],
    licence: 'none is stated; made of NIST Special Database 19',
    commands: ['unzip gzip.zip', 'npx heddle train --data gzip/emnist-letters'],
  },
  {
    name: 'kmnist',
    summary: '70,000 cursive Japanese characters, 28×28 grey, 10 classes',
    get: ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/', 'with the name of each file behind it'],
    files: mnistFiles(
      ['18 MB', 'bdb82020997e1d708af4cf47b453dcf7'],
      ['30 kB', 'e144d726b3acfaa3e44228e80efcd344'],
      ['3 MB', '5c965bf0a639b31b8f53240b1b52f4d7'],
      ['5 kB', '7320c461ea6c1c855c0b718fb2a4b134'],
    ),
    notes: ['Its classes have no names in the files: the first command below gives them.'],
    licence: 'CC BY-SA 4.0, CODH, from the Kuzushiji data set of NIJL and others',
    commands: ["printf '%s\\n' o ki su tsu na ha ma ya re wo > kmnist/classes.txt", 'npx heddle train --data ./kmnist'],
  },
  {
    name: 'cifar-10',
    summary: '60,000 photographs, 32×32 colour, 10 classes',
    get: [
      'https://www.cs.toronto.edu/~kriz/cifar.html, the binary version',
      'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    ],
    files: [['cifar-10-binary.tar.gz', '162 MB', 'c32a1d4ab5d03f1284b67883e8d87530']],
    notes: [],
    licence: 'none is stated; the page names the report to cite',
    commands: [
      'tar xzf cifar-10-binary.tar.gz',
      'npx heddle train --data cifar-10-batches-bin --network resnet18-small',
    ],
  },
  {
    name: 'cifar-100',
    summary: '60,000 photographs, 32×32 colour, 100 classes',
    get: [
      'https://www.cs.toronto.edu/~kriz/cifar.html, the binary version',
      'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    ],
    files: [['cifar-100-binary.tar.gz', '161 MB', '03b5dce01913d631647c71ecec9e9cb8']],
    notes: ['The classes are the 100 fine ones.'],
    licence: 'none is stated; the page names the report to cite',
    commands: ['tar xzf cifar-100-binary.tar.gz', 'npx heddle train --data cifar-100-binary --network resnet18-small'],
  },
];
