"""python3 compute.py MODEL.onnx IMAGES-UBYTE OUT.csv: onnx's checker accepts
the model; what it computes, operator by operator as ONNX defines them."""
import struct
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as f

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
raw = open(sys.argv[2], 'rb').read()
n, h, w = struct.unpack('>3I', raw[4:16])
pixels = np.frombuffer(raw[16:], np.uint8).reshape(n, 1, h, w) / np.float32(256)
values = {t.name: torch.tensor(numpy_helper.to_array(t))
          for t in model.graph.initializer}
values[model.graph.input[0].name] = torch.tensor(pixels)


def pads(a):
    p = a.get('pads', [0, 0, 0, 0])
    assert p[:2] == p[2:]
    return tuple(p[:2])


def norm(x, scale, bias, mean, var, a):
    return f.batch_norm(x, mean, var, scale, bias, False, 0, a['epsilon'])


operators = {
    'Conv': lambda x, w, b=None, a=None: f.conv2d(
        x, w, b, a['strides'], pads(a)),
    'Gemm': lambda x, w, b=None, a=None: f.linear(x, w, b),
    'MaxPool': lambda x, a: f.max_pool2d(
        x, a['kernel_shape'], a['strides'], pads(a)),
    'AveragePool': lambda x, a: f.avg_pool2d(
        x, a['kernel_shape'], a['strides']),
    'GlobalAveragePool': lambda x, a: x.mean((2, 3), keepdim=True),
    'BatchNormalization': lambda *x, a: norm(*x, a),
    'Relu': lambda x, a: torch.relu(x),
    'LeakyRelu': lambda x, a: f.leaky_relu(x, a['alpha']),
    'Sigmoid': lambda x, a: torch.sigmoid(x),
    'Tanh': lambda x, a: torch.tanh(x),
    'Add': lambda x, y, a: x + y,
    'Dropout': lambda x, ratio, a: x,
    'Flatten': lambda x, a: torch.flatten(x, 1),
}
for node in model.graph.node:
    a = {t.name: onnx.helper.get_attribute_value(t) for t in node.attribute}
    assert node.op_type != 'Gemm' or a == {'transB': 1}
    values[node.output[0]] = operators[node.op_type](
        *[values[name] for name in node.input], a=a)
np.savetxt(sys.argv[3], values[model.graph.output[0].name].numpy(), '%.6g', ',')
