/** Training and inference on batches, and inference on one image at a time. */
export type Mode = 'train' | 'infer' | 'one';

export const LEARNING_RATE = 0.01;
