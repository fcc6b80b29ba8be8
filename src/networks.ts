export { type EfficientNet, type EfficientNetOptions, efficientnetB0 } from './networks/efficientnet.js';
export { type LeNet5, type LeNet5Options, lenet5 } from './networks/lenet5.js';
export { type MobileNetV2, type MobileNetV2Options, mobilenetV2 } from './networks/mobilenetV2.js';
export { type ResNet, type ResNetOptions, resnet18, resnet34, resnet50 } from './networks/resnet.js';
export { type VGG, type VGGOptions, vgg11Bn, vgg16Bn } from './networks/vgg.js';
export { type VGGSmall, type VGGSmallOptions, vggSmall } from './networks/vggSmall.js';
