"""What GitHub's runner makes of a step: the commands that it takes from the log, and the files that
it gives to a step and reads afterwards.

It reads both streams line by line. `::name key=value,...::data` is a command where it begins a line,
`##[name key=value;...]data` anywhere in one; `stop-commands` makes all lines text up to its token.
"""

import re
from dataclasses import dataclass, field

NEW = re.compile(r"\s*::(?P<name>[^\s:]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
OLD = re.compile(r"##\[(?P<name>[^\s\]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)")
# Of these commands the runner does something; others are text, unless they are a token.
KNOWN = {"group", "endgroup", "error", "warning", "notice", "debug", "add-mask", "add-path",
         "set-env", "set-output", "save-state", "add-matcher", "remove-matcher", "echo",
         "internal-set-repo-path", "stop-commands"}


@dataclass
class Command:
    name: str
    properties: dict = field(default_factory=dict)
    data: str = ""


def decoded(text, *, is_property=False):
    codes = {"%0D": "\r", "%0A": "\n"} | ({"%3A": ":", "%2C": ","} if is_property else {})
    for code, character in codes.items():
        text = text.replace(code, character)
    return text.replace("%25", "%")


def command_of(line):
    match = NEW.match(line) or OLD.search(line)
    if not match:
        return None
    properties = dict(pair.split("=", 1) for pair in re.split("[,;]", match["properties"] or "")
                      if "=" in pair)
    return Command(match["name"], {name.strip(): decoded(value, is_property=True)
                                   for name, value in properties.items()}, decoded(match["data"]))


def read_log(log):
    """The commands that the runner obeys, and the lines that stay text. Both in order."""
    commands, text, token = [], [], None
    for line in re.split(r"\r\n|\r|\n", log):
        command = command_of(line)
        if token is not None:
            if command and command.name == token:
                token = None
            else:
                text.append(line)
        elif command and command.name in KNOWN:
            if command.name == "stop-commands":
                token = command.data
            else:
                commands.append(command)
        else:
            text.append(line)
    assert token is None, "commands are still stopped at the end of the step"
    return commands, text


def read_outputs(text):
    """Of the file that GITHUB_OUTPUT names."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark, delimiter = line.partition("<<")
        if not mark or "=" in name:
            name, _, outputs_value = line.partition("=")
            outputs[name] = outputs_value
            continue
        value = []
        for line in lines:
            if line == delimiter:
                break
            value.append(line)
        else:
            raise AssertionError(f"{delimiter} does not come")
        outputs[name] = "\n".join(value)
    return outputs
