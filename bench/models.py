"""The benchmarked models: where they are written for cnnc, and what PyTorch has to be given to train the same one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    name: str
    file: str                 # below models/
    variant: str              # of the file's experiment; "" where it has none
    batch: int
    size: tuple               # height, width, channels
    parameters: int           # that are trained
    classes: int = 10
    quick: bool = False       # also measured by `make bench-quick`

    @property
    def options(self):
        """What says to cnnc which variant of the file it is."""
        return ["--variant", self.variant] if self.variant else []


GREY, COLOUR = (28, 28, 1), (32, 32, 3)

MODELS = [
    Model("mnist10 m1", "studies/mnist10/mnist10.cnn", "m1", 128, GREY, 347_146, quick=True),
    Model("mnist10 m4", "studies/mnist10/mnist10.cnn", "m4", 128, GREY, 693_578),
    Model("mnist10 m6", "studies/mnist10/mnist10.cnn", "m6", 128, GREY, 56_714),
    Model("tinyvgg", "bench/tinyvgg.cnn", "", 32, GREY, 4_440, quick=True),
    Model("mlp", "bench/mlp.cnn", "", 32, GREY, 109_386),
    Model("three_nets convnet", "studies/three_nets/three_nets.cnn", "convnet_0_001", 32, GREY, 93_322),
    Model("three_nets resnet", "studies/three_nets/three_nets.cnn", "resnet_0_001", 32, GREY, 813_834),
    Model("fashion22 m1", "studies/fashion22/fashion22.cnn", "m1", 32, GREY, 20_586, quick=True),
    Model("fashion22 m4", "studies/fashion22/fashion22.cnn", "m4", 32, GREY, 47_466),
    Model("fashion22 m7", "studies/fashion22/fashion22.cnn", "m7", 32, GREY, 19_626),
    Model("vgg3", "bench/vgg3.cnn", "", 64, COLOUR, 420_554),
    Model("mobilenetv3_small", "bench/mobilenetv3_small.cnn", "", 64, (128, 128, 3), 1_528_106),
]
