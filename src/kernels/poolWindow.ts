/** A pooling window on an H×W×C image, without padding. */
export interface PoolWindow {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}
