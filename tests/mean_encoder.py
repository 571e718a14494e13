"""The shortest encoder that somebody may bring from outside, as the text of a file: a linear layer on the mean of a cloud."""

MEAN_ENCODER = """
from dataclasses import dataclass
import torch
from occnet.networks.interfaces import Encoder
from occnet.networks.registry import ENCODERS

@dataclass(frozen=True)
class MeanConfig:
    channels: int = 8

class Mean(Encoder):
    Config, reads, code_kind = MeanConfig, "points", torch.Tensor
    def __init__(self, config):
        super().__init__()
        self.code_channels = {"code": config.channels}
        self.layer = torch.nn.Linear(3, config.channels)
    def forward(self, cloud):
        return self.layer(cloud.mean(dim=1))

ENCODERS.add("mean", Mean)
"""
