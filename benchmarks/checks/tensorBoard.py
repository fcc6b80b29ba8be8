"""What is in a folder of TensorBoard's event files, by Debian's python3-protobuf: /usr/bin/python3 benchmarks/checks/tensorBoard.py FOLDER.
Prints a JSON object for each record, file after file in the order of their names; ends with an error where a checksum is wrong or a record has
a field that TensorBoard's messages have not. The messages are those of tensorboard/compat/proto, as far as heddle writes them."""

import os
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# Of each message its fields: the number, the name, and the type, or the name of the message that it is.
MESSAGES = {
    "Event": [(1, "wall_time", "double"), (2, "step", "int64"), (3, "file_version", "string"), (5, "summary", "Summary"),
              (7, "session_log", "SessionLog")],
    "SessionLog": [(1, "status", "int32")],
    "Summary": [(1, "value", "repeated Value")],
    "Value": [(1, "tag", "string"), (2, "simple_value", "float"), (4, "image", "Image"), (8, "tensor", "Tensor"),
              (9, "metadata", "Metadata")],
    "Image": [(1, "height", "int32"), (2, "width", "int32"), (3, "colorspace", "int32"), (4, "encoded_image_string", "bytes")],
    "Tensor": [(1, "dtype", "int32"), (2, "tensor_shape", "Shape"), (8, "string_val", "repeated bytes")],
    "Shape": [],
    "Metadata": [(1, "plugin_data", "PluginData"), (4, "data_class", "int32")],
    "PluginData": [(1, "plugin_name", "string")],
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="board", syntax="proto3")
    Field = descriptor_pb2.FieldDescriptorProto
    for message, fields in MESSAGES.items():
        described = file.message_type.add(name=message)
        for number, name, kind in fields:
            repeated, kind = kind.startswith("repeated "), kind.removeprefix("repeated ")
            label = Field.LABEL_REPEATED if repeated else Field.LABEL_OPTIONAL
            field = described.field.add(name=name, number=number, label=label)
            if kind in MESSAGES:
                field.type, field.type_name = Field.TYPE_MESSAGE, f".board.{kind}"
            else:
                field.type = getattr(Field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("board.Event"))


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        while head := file.read(12):
            length, checksum = struct.unpack("<QI", head)
            assert checksum == masked_crc(head[:8]), f"{path}: checksum of a length"
            data = file.read(length)
            assert struct.unpack("<I", file.read(4))[0] == masked_crc(data), f"{path}: checksum of a record"
            yield data


Event = event_class()
folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    for data in records(os.path.join(folder, name)):
        event = Event.FromString(data)
        # Fields that the messages have not would stay, and be written again.
        known = Event.FromString(data)
        known.DiscardUnknownFields()
        assert known.SerializeToString() == event.SerializeToString(), f"{name}: unknown fields in {event}"
        print(json_format.MessageToJson(event, preserving_proto_field_name=True, indent=None))
