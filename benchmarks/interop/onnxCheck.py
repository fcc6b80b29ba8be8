"""The verdict of onnx's checker, with shape inference, on a model: /usr/bin/python3 benchmarks/interop/onnxCheck.py
model.onnx (Debian's python3-onnx). Prints what it holds; ends with an error if the checker finds one."""

import sys

import onnx

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print(f"onnx {onnx.__version__}: accepted, opset {model.opset_import[0].version}, IR version {model.ir_version}")
print(f"nodes: {', '.join(f'{node.name} {node.op_type}' for node in model.graph.node)}")
print(f"initializers: {', '.join(f'{tensor.name} {list(tensor.dims)}' for tensor in model.graph.initializer)}")
for value in [*model.graph.input, *model.graph.output]:
    print(value.name, [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim])
for entry in model.metadata_props:
    print(f"{entry.key}: {entry.value}")
