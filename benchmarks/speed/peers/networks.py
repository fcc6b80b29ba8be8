"""The networks of networks.ts in PyTorch, under the same names and with the same state dicts."""
from torch import nn


def convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, 1, 1)


def block(inputs, outputs, kernel=3, stride=1):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()


def pool():
    return nn.MaxPool2d(2)


def fashion_net():
    return nn.Sequential(
        convolution(1, 64), nn.ReLU(), nn.BatchNorm2d(64), convolution(64, 64), nn.ReLU(), nn.BatchNorm2d(64), pool(),
        nn.Dropout(0.1), convolution(64, 128), nn.ReLU(), nn.Dropout(0.1), nn.BatchNorm2d(128), convolution(128, 128),
        nn.ReLU(), nn.BatchNorm2d(128), pool(), nn.Dropout(0.1), nn.Flatten(), nn.Linear(6272, 640), nn.ReLU(),
        nn.Linear(640, 10))


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        c1 = nn.functional.max_pool2d(nn.functional.relu(self.conv1(x)), 2)
        c2 = nn.functional.max_pool2d(nn.functional.relu(self.conv2(c1)), 2)
        f1 = nn.functional.relu(self.fc1(c2.flatten(1)))
        return self.fc3(nn.functional.relu(self.fc2(f1)))


def convolutions():
    return nn.Sequential(
        *block(3, 32), *block(32, 32), pool(), *block(32, 64), *block(64, 64), pool(), *block(64, 128), *block(128, 128),
        pool(), nn.Flatten(), nn.Linear(2048, 256), nn.ReLU(), nn.Linear(256, 10))


def strided():
    return nn.Sequential(*block(3, 64), *block(64, 128, 3, 2), *block(128, 256, 3, 2), *block(256, 256, 3, 2),
                         nn.Flatten(), nn.Linear(4096, 10))


def pointwise():
    return nn.Sequential(*block(3, 64, 3, 2), *block(64, 256, 1), *block(256, 64, 1), *block(64, 256, 1),
                         *block(256, 64, 1), pool(), nn.Flatten(), nn.Linear(4096, 10))


def vgg11():
    return nn.Sequential(
        *block(3, 64), pool(), *block(64, 128), pool(), *block(128, 256), *block(256, 256), pool(), *block(256, 512),
        *block(512, 512), pool(), *block(512, 512), *block(512, 512), pool(), nn.Flatten(), nn.Linear(512, 10))


def torchvision_network(name):
    from torchvision import models  # whose memory the other networks need not have
    return getattr(models, name)(num_classes=10)


def resnet18_small_images():
    net = torchvision_network('resnet18')
    net.conv1, net.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return net


networks = {
    'fashionNet': fashion_net,
    'perceptron': perceptron,
    'lenet5': LeNet5,
    'convolutions': convolutions,
    'strided': strided,
    'pointwise': pointwise,
    'vgg11': vgg11,
    'resnet18': lambda: torchvision_network('resnet18'),
    'resnet18SmallImages': resnet18_small_images,
    'mobilenetV2': lambda: torchvision_network('mobilenet_v2'),
}
