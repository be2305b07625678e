"""Checks parameters of AWS calls against the API models that botocore ships.

Reads a JSON list of {service, operation, parameters} from stdin, and writes the problems of each, in the same order.
botocore checks names, types, required members and minimums; the walk below adds maximums, patterns and enumerations.
"""

import json
import sys

import botocore.session
import regex
from botocore.validate import ParamValidator

session = botocore.session.get_session()
models = {}


def model_of(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


def problems_of(call):
    shape = model_of(call["service"]).operation_model(call["operation"]).input_shape
    report = ParamValidator().validate(call["parameters"], shape).generate_report()
    return [line for line in report.splitlines() if line] + list(limits(shape, call["parameters"], ""))


def limits(shape, value, path):
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, member in shape.members.items():
            if key in value:
                yield from limits(member, value[key], f"{path}.{key}")
    elif shape.type_name == "list" and isinstance(value, list):
        yield from exceeds(shape, len(value), path, "entries")
        for index, item in enumerate(value):
            yield from limits(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from limits(shape.key, key, f"{path}: key {key}")
            yield from limits(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from exceeds(shape, len(value), path, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
        pattern = shape.metadata.get("pattern")
        if pattern and not regex.search(f"^(?:{readable(pattern)})$", value):
            yield f"{path}: {value!r} does not match {pattern}"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from exceeds(shape, value, path, "")


def readable(pattern):
    """Java writes what is beyond 16 bits as a range of surrogates."""
    return pattern.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF")


def exceeds(shape, amount, path, unit):
    maximum = shape.metadata.get("max")
    if maximum is not None and amount > maximum:
        yield f"{path}: {amount} {unit} are more than {maximum}"


json.dump([problems_of(call) for call in json.load(sys.stdin)], sys.stdout)
