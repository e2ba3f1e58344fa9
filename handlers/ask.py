"""Trying models: the commands that ask one, or two."""

from core.commands.tries import Compare, RunModel, Tokenize
from handlers.listeners import Commands
from jobs.inference import asking

COMMANDS: Commands = {
    RunModel: lambda parts, caller, c: asking.run(parts.workbench, caller, c),
    Compare: lambda parts, caller, c: asking.compare(parts.workbench, caller, c),
    Tokenize: lambda parts, caller, c: asking.tokenize(parts.workbench, caller, c),
}
