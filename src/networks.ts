export { type LeNet5, type LeNet5Options, lenet5 } from './networks/lenet5.js';
export { type ResNet, type ResNetOptions, resnet18, resnet34, resnet50 } from './networks/resnet.js';
export { type VGG, type VGGOptions, vgg11Bn, vgg16Bn } from './networks/vgg.js';
