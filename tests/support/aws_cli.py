"""Reads commands of the AWS CLI with botocore's models, which the CLI uses too. No package index has the CLI itself.

The models check service, operation, options, required parameters, and each value. Of the commands that the CLI adds to
the models, only those in the runbook and in `scavenger status` are known.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jmespath
from botocore import xform_name
from botocore.exceptions import ParamValidationError, UnknownServiceError
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session
from botocore.validate import validate_parameters

# The options of every command that the pages use. Source: cli-configure-options.html.
GLOBAL_OPTIONS = {"--query", "--output", "--region"}
LIST_OPTIONS = {"--recursive"}
# The beginning of a flag that sets a boolean to false.
NEGATION = "--no-"
# The CLI has S3's API under this name, because `aws s3` has commands of its own.
SERVICES = {"s3api": "s3"}
NUMBERS: Mapping[str, Callable[[str], Any]] = {"integer": int, "long": int, "float": float, "double": float}


class UsageError(Exception):
    """The AWS CLI would reject the command. The text says why."""


@dataclass(frozen=True)
class Call:
    """A call of an API: service and operation as boto3 names them, parameters, the query for the answer, the Region."""

    service: str
    operation: str
    parameters: dict[str, Any]
    query: str | None = None
    region: str | None = None

    def on(self, client: Callable[..., Any]) -> Any:
        """Make the call with the client of its service, and return what the command would show."""
        made = client(self.service, self.region) if self.region else client(self.service)
        answer = getattr(made, self.operation)(**self.parameters)
        return jmespath.search(self.query, answer) if self.query else answer


@dataclass(frozen=True)
class Removal:
    """The calls of `aws s3 rm --recursive`: all objects below a prefix are listed, and deleted."""

    bucket: str
    prefix: str
    operation: str = "delete_objects"

    def on(self, client: Callable[..., Any]) -> Any:
        """Make the calls, and return the keys of the objects."""
        s3 = client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        for key in keys:
            s3.delete_object(Bucket=self.bucket, Key=key)
        return keys


def read_command(words: list[str]) -> Call | Removal:
    """Return the call of a command, split into words. Raises UsageError if the CLI would reject it."""
    match words:
        case ["aws", "s3", "cp", *rest]:
            return _copy(rest)
        case ["aws", "s3", "ls", *rest]:
            return _list(rest)
        case ["aws", "s3", "rm", *rest]:
            return _remove(rest)
        case ["aws", "s3", operation, *_]:
            raise UsageError(f"aws s3 has no command {operation} that is known here; the API's are those of aws s3api")
        case ["aws", service, operation, *rest]:
            return _call(SERVICES.get(service, service), operation, rest)
    raise UsageError(f"This names no service and operation: {' '.join(words)}")


def options_of(words: list[str]) -> set[str]:
    """Return all options that the command accepts, not only those that it has."""
    match words:
        case ["aws", "s3", *_]:
            return LIST_OPTIONS
        case ["aws", service, operation, *_]:
            return GLOBAL_OPTIONS | _members(_find_operation(SERVICES.get(service, service), operation)).keys()
    return set()


def _call(service: str, operation: str, words: list[str]) -> Call:
    model = _find_operation(service, operation)
    members = _members(model)
    options = _options(words)
    _reject_others(options, GLOBAL_OPTIONS | members.keys())
    given = {option: values for option, values in options.items() if option in members}
    parameters = {members[option][0]: _value(option, values, members[option][1]) for option, values in given.items()}
    if model.input_shape:
        try:
            validate_parameters(parameters, model.input_shape)
        except ParamValidationError as error:
            raise UsageError(f"{service} {operation}: {error}") from error
    query = _checked_query(_only("--query", options["--query"])) if "--query" in options else None
    region = _only("--region", options["--region"]) if "--region" in options else None
    return Call(service, xform_name(model.name), parameters, query, region)


def _members(model: OperationModel) -> dict[str, tuple[str, Shape]]:
    """Return the options of an operation, each with its parameter's name and shape."""
    shapes = model.input_shape.members if model.input_shape else {}
    members = {f"--{xform_name(name, '-')}": (name, shape) for name, shape in shapes.items()}
    flags = {option: member for option, member in members.items() if member[1].type_name == "boolean"}
    return members | {option.replace("--", NEGATION, 1): member for option, member in flags.items()}


def _find_operation(service: str, operation: str) -> OperationModel:
    try:
        model = _service(service)
    except UnknownServiceError as error:
        raise UsageError(f"There is no service {service}") from error
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        raise UsageError(f"{service} has no operation {operation}")
    return model.operation_model(names[operation])


@cache
def _service(name: str) -> ServiceModel:
    return Session().get_service_model(name)


def _options(words: list[str]) -> dict[str, list[str]]:
    """Return the values that follow each option."""
    options: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name in options:
                raise UsageError(f"{name} is given twice")
            options[name] = [value] if equals else []
        elif options:
            options[name].append(word)
        else:
            raise UsageError(f"This belongs to no option: {word}")
    return options


def _only(option: str, values: list[str]) -> str:
    if len(values) != 1:
        raise UsageError(f"{option} takes one value, and has {len(values)}")
    return values[0]


def _value(option: str, values: list[str], shape: Shape) -> Any:
    """Return an option's value in the type of its shape."""
    if shape.type_name == "boolean":
        if values:
            raise UsageError(f"{option} takes no value; the opposite of --flag is {NEGATION}flag")
        return not option.startswith(NEGATION)
    if shape.type_name == "list" and not _is_json(values):
        return [_scalar(option, value, shape.member) for value in values]  # type: ignore[attr-defined] # of a list
    return _scalar(option, _only(option, values), shape)


def _scalar(option: str, text: str, shape: Shape) -> Any:
    if shape.type_name in NUMBERS:
        return _parsed(NUMBERS[shape.type_name], option, text)
    if _is_json([text]) and shape.type_name in {"structure", "map", "list"}:
        return _parsed(json.loads, option, text)
    if isinstance(shape, StructureShape):
        return _shorthand(option, text, shape)
    if shape.type_name == "boolean":
        return _parsed({"true": True, "false": False}.__getitem__, option, text)
    if shape.type_name != "string":
        raise UsageError(f"{option} is a {shape.type_name}, which is to be given as JSON")
    choices = getattr(shape, "enum", None)
    if choices and text not in choices:
        raise UsageError(f"{option} is {text}, and has to be one of {', '.join(choices)}")
    return text


def _shorthand(option: str, text: str, shape: StructureShape) -> dict[str, Any]:
    """Read Key=Value,Key=Value. Source: cli-usage-shorthand.html. Its nested forms are not supported."""
    structure: dict[str, Any] = {}
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if not equals or key not in shape.members:
            raise UsageError(f"{option} has no member {key}: it has {', '.join(shape.members)}")
        structure[key] = _scalar(f"{option} {key}", value, shape.members[key])
    return structure


def _is_json(values: list[str]) -> bool:
    return len(values) == 1 and values[0].lstrip().startswith(("{", "["))


def _parsed(parse: Callable[[str], Any], option: str, text: str) -> Any:
    try:
        return parse(text)
    except (ValueError, KeyError) as error:
        raise UsageError(f"{option} cannot be {text}") from error


def _checked_query(query: str) -> str:
    try:
        jmespath.compile(query)
    except jmespath.exceptions.JMESPathError as error:
        raise UsageError(f"--query: {error}") from error
    return query


def _reject_others(options: Iterable[str], known: set[str]) -> None:
    if others := set(options) - known:
        raise UsageError(f"There is no option {', '.join(sorted(others))} that is known here")


def _copy(words: list[str]) -> Call:
    """Return the call of `aws s3 cp`. Only a copy of an object to standard output is known."""
    match words:
        case [source, "-"] if source.startswith("s3://"):
            bucket, key = _split_uri(source)
            return Call("s3", "get_object", {"Bucket": bucket, "Key": key})
    raise UsageError("aws s3 cp is known here as aws s3 cp s3://<bucket>/<object> - alone")


def _list(words: list[str]) -> Call:
    """Return the call of `aws s3 ls`: with --recursive all objects below a prefix, otherwise those in no folder."""
    options = [word for word in words if word.startswith("-")]
    _reject_others(options, LIST_OPTIONS)
    match [word for word in words if word not in options]:
        case [source] if source.startswith("s3://"):
            bucket, prefix = _split_uri(source)
            delimiter = {} if options else {"Delimiter": "/"}
            return Call("s3", "list_objects_v2", {"Bucket": bucket, "Prefix": prefix} | delimiter, "Contents")
    raise UsageError("aws s3 ls takes s3://<bucket>/<prefix>")


def _remove(words: list[str]) -> Removal:
    """Return the calls of `aws s3 rm`. Only the removal of all objects below a prefix is known."""
    match words:
        case [target, "--recursive"] | ["--recursive", target] if target.startswith("s3://"):
            return Removal(*_split_uri(target))
    raise UsageError("aws s3 rm is known here as aws s3 rm s3://<bucket>/<prefix> --recursive alone")


def _split_uri(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
