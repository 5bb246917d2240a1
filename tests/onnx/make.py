"""Models of PyTorch as ONNX files, and what PyTorch computes with them.

python3 make.py DATA OUT: trains on the digits in DATA and writes to OUT
    resnet.onnx        residual blocks with batch normalisation, as exported
    folded.onnx        the same after PyTorch has folded the normalisations
    resnet.safetensors its state_dict, resnet.pt as torch.save() writes it
    resnet.csv         logits of the test images
    zoo11.onnx, zoo16.onnx, zoo.csv: other operators, in two versions of them
"""
import json
import struct
import sys
import warnings

import numpy as np
import onnx
import torch
from torch import nn

warnings.filterwarnings('ignore')
torch.manual_seed(1)
torch.set_num_threads(1)
data, out = sys.argv[1:3]


def idx(name):
    raw = open('%s/%s-ubyte' % (data, name), 'rb').read()
    dims = struct.unpack('>%dI' % raw[3], raw[4:4 + 4 * raw[3]])
    return np.frombuffer(raw[4 + 4 * raw[3]:], np.uint8).reshape(dims)


def images(name):
    return torch.tensor(idx(name).astype(np.float32) / 256)[:, None]


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.short = nn.Sequential() if i == o else nn.Sequential(
            nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.short(x))


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(6)
        self.a = Block(6, 6, 1)
        self.b = Block(6, 8, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.b(self.a(torch.relu(self.bn(self.conv(x)))))
        x = self.pool(x)
        return self.fc(x.view(x.size(0), -1))


def zoo():
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2, padding=2), nn.LeakyReLU(0.1),
        nn.MaxPool2d(3, 2, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, bias=False),
        nn.Tanh(), nn.AvgPool2d(3, 2), nn.Dropout(0.25), nn.Flatten(),
        nn.BatchNorm1d(24), nn.Linear(24, 12, bias=False), nn.Sigmoid(),
        nn.Linear(12, 10), nn.Softmax(1))


def train(model, epochs, rate):
    x, y = images('train-images-idx3'), idx('train-labels-idx1')
    y = torch.tensor(y.astype(np.int64))
    step = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    layers = model[:-1] if isinstance(model, nn.Sequential) else model
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for at in range(0, len(x), 50):
            now = order[at:at + 50]
            step.zero_grad()
            nn.functional.cross_entropy(layers(x[now]), y[now]).backward()
            step.step()
    model.eval()
    with torch.no_grad():
        scores = layers(images('t10k-images-idx3')).numpy()
    right = (scores.argmax(1) == idx('t10k-labels-idx1')).sum()
    print('%d of %d right' % (right, len(scores)))
    return scores


def export(model, name, opset, **more):
    path = '%s/%s.onnx' % (out, name)
    torch.onnx.export(model, images('t10k-images-idx3')[:1], path,
                      opset_version=opset, input_names=['x'],
                      dynamic_axes={'x': {0: 'n'}}, **more)
    onnx.checker.check_model(path)


def safetensors(state, path):
    head, body = {}, b''
    for name, t in state.items():
        raw = t.numpy().tobytes()
        kind = {torch.float32: 'F32', torch.int64: 'I64'}[t.dtype]
        head[name] = {'dtype': kind, 'shape': list(t.shape),
                      'data_offsets': [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(head).encode()
    text += b' ' * (-len(text) % 8)
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + body)


kept = {'training': torch.onnx.TrainingMode.PRESERVE,
        'do_constant_folding': False}
model = Resnet()
np.savetxt(out + '/resnet.csv', train(model, 6, 0.05), '%.6g', ',')
export(model, 'resnet', 13, **kept)
export(model, 'folded', 16)
safetensors(model.state_dict(), out + '/resnet.safetensors')
torch.save(model.state_dict(), out + '/resnet.pt')
model = zoo()
np.savetxt(out + '/zoo.csv', train(model, 3, 0.05), '%.6g', ',')
for opset in 11, 16:
    export(model, 'zoo%d' % opset, opset, **kept)
