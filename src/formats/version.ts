/** heddle's version, as package.json has it. The bits of a run are promised for one version alone. */
export const version = '0.2.0';
