"""What can be typed, as data: one frozen model a command. Help, the README and every hint come from here.

A form's docstring is its summary. A field made by `key` is typed as `name=value`; the others are typed as words.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from core.commands.fields import Columns, Label, Name, Provider, Repo, RunOptions, Sample
from core.frozen import Frozen, key
from core.recipe import TrainParameters

RunId = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[Rr][1-9][0-9]{0,8}$")]
ScheduleId = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[Ss][1-9][0-9]{0,8}$")]
ReleaseId = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[Pp][1-9][0-9]{0,8}$")]
# A word of the Hub's own vocabulary: `text-classification`, `apache-2.0`, `en`.
Tag = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,95}$")]
# A repo as the Hub's tags write it: `org/name`, or the bare name of an old one.
RepoName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95})?$")
]
Kind = Literal["model", "dataset"]
Status = Literal["queued", "starting", "running", "succeeded", "failed", "cancelled", "lost"]
# What the cards call two of the states.
SHOWN_STATUS = {"waiting": "queued", "finished": "succeeded"}


class Form(Frozen):
    """A command; `name` is its first word (or the shape of an id), `example` stands in hints."""

    name: ClassVar[str]
    group: ClassVar[str]
    usage: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]


class Help(Form):
    """Lists all commands, or explains one."""

    name, group, usage = "help", "You", "help [topic]"
    examples = ("help", "help train")
    command: Literal["help"] = "help"
    topic: str | None = None


class Search(Form):
    """Finds models, datasets or Spaces on the Hub, ten a page; alone it opens a form."""

    name, group, usage = "search", "Find and try", "search [datasets|spaces] words… [key=value…]"
    examples = (
        "search sentiment",
        "search bert language=de sort=likes size<=500M gated=no",
        "search base=sentence-transformers/all-MiniLM-L6-v2",
        "search datasets movie reviews",
        "search spaces leaderboard",
    )
    command: Literal["search"] = "search"
    kind: Literal["model", "dataset", "space"] = "model"
    words: str = ""
    task: Tag | None = key(None, "what the model is for", "text-classification")
    library: Tag | None = key(None, "what it is made with", "transformers")
    language: Tag | None = key(None, "the language's code", "en")
    license: Tag | None = key(None, "the licence's code", "apache-2.0")
    author: Name | None = key(None, "who published it", "sentence-transformers")
    sort: Literal["downloads", "likes", "trending", "updated"] = key("downloads", "what comes first", "likes")
    size_max: int | None = key(None, "at most so many parameters (models only)", "500M", alias="size", ge=1, le=10**15)
    dataset: RepoName | None = key(None, "what it was trained on (models only)", "imdb")
    base: RepoName | None = key(None, "what it was made from (models only)", "google-bert/bert-base-uncased")
    gated: Literal["no", "yes"] | None = key(None, "whether its terms have to be accepted first", "no")
    inference: Literal["yes"] | None = key(None, "only what an inference provider serves (models only)", "yes")
    page: int = Field(1, ge=1)
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class Info(Form):
    """Shows a model or a dataset: task, licence, size, files, metrics, last commits; two models side by side."""

    name, group, usage = "info", "Find and try", "info repo[@revision] [other]"
    examples = ("info sentence-transformers/all-MiniLM-L6-v2", "info gpt2@main", "info gpt2 distilgpt2")
    command: Literal["info"] = "info"
    repo: str
    revision: str | None = None
    kind: Kind | None = None
    other: str | None = None
    other_revision: str | None = None


class Run(Form):
    """Tries a model on texts (each quoted text and each line is one) or on attached files; alone it opens a form."""

    name, group, usage = "run", "Find and try", 'run model ["text"…] [key=value…]'
    examples = (
        'run acme/ticket-router "my parcel never came"',
        'run gpt2 "Once upon a time" max_new_tokens=50 seed=1',
        'run deepset/roberta-base-squad2 "Who wrote it?" "The book was written by Ana."',
        'run facebook/bart-large-mnli "The match ended 2:1." labels="sport, politics, music"',
        'run google-t5/t5-small "The film is lovely." source=en target=de',
        "run acme/ticket-router column=message",
        'run meta-llama/Llama-3.3-70B-Instruct "Why is the sky blue?" via=auto',
    )
    command: Literal["run"] = "run"
    model: str
    revision: str | None = None
    inputs: tuple[str, ...] = Field((), max_length=100)
    task: Tag | None = key(None, "what to use the model for, where it can do several things", "text-classification")
    column: Label | None = key(None, "column of an attached CSV or JSON file that has the texts", "message")
    via: Provider | None = key(None, "run it at this inference provider; auto takes the first", "auto")
    options: RunOptions = RunOptions()


class Compare(Form):
    """Tries two models on the same texts or files, or on rows of a dataset: answers, times, agreement, accuracies."""

    name, group, usage = "compare", "Find and try", 'compare model model ["text"…]|on dataset [key=value…]'
    examples = (
        'compare acme/ticket-router distilbert/distilbert-base-uncased "my parcel never came"',
        "compare acme/ticket-router acme/old-router on acme/tickets rows=200",
    )
    command: Literal["compare"] = "compare"
    models: tuple[Repo, Repo]
    inputs: tuple[str, ...] = Field((), max_length=100)
    dataset: Repo | None = None
    sample: Sample = Sample()
    task: Tag | None = key(None, "what to use the models for", "text-classification")
    column: Label | None = key(None, "column of an attached CSV or JSON file that has the texts", "message")
    options: RunOptions = RunOptions()


class Tokenize(Form):
    """Shows how a model cuts a text into tokens: pieces, ids, places, count; two models side by side."""

    name, group, usage = "tokenize", "Find and try", 'tokenize model [model] "text" ["another text"…]'
    examples = ('tokenize gpt2 "unbelievably good"', 'tokenize gpt2 google-bert/bert-base-uncased "unbelievably good"')
    command: Literal["tokenize"] = "tokenize"
    models: tuple[Repo, ...] = Field(min_length=1, max_length=2)
    inputs: tuple[str, ...] = Field(min_length=1, max_length=100)


class Recurrence(Frozen):
    """When something is repeated: `text` is what follows the word `every`, `cron` has five fields and named days."""

    cron: str
    text: str


class Train(Form):
    """Fine-tunes a model on a dataset, now, later or repeatedly; shows the plan before anything starts."""

    name, group, usage = "train", "Fine-tune", "train base on dataset [key=value…] [at time | every time]"
    examples = (
        "train sentence-transformers/all-MiniLM-L6-v2 on acme/tickets epochs=2 lr=2e-5",
        'train acme/ticket-router on acme/tickets at "tomorrow 9:00"',
        'train acme/ticket-router on acme/tickets every "mon,thu 9:00"',
        'train acme/ticket-router on acme/tickets every "month 1 9:00"',
        'train acme/ticket-router on acme/tickets every "6 hours"',
    )
    command: Literal["train"] = "train"
    base: str
    base_revision: str | None = None
    dataset: str
    dataset_revision: str | None = None
    parameters: TrainParameters = TrainParameters()
    columns: Columns = Columns()
    config: Name | None = key(None, "configuration of the dataset", "default")
    title: Label | None = key(None, "what the run is called", '"tickets, second try"', alias="name", max_length=80)
    at: datetime | None = None
    every: Recurrence | None = None
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


def _status(value: object) -> object:
    return SHOWN_STATUS.get(value, value) if isinstance(value, str) else value


class Runs(Form):
    """Lists the newest runs, everybody's or your own."""

    name, group, usage = "runs", "Runs", "runs [mine|all] [status=…]"
    examples = ("runs", "runs mine status=failed")
    command: Literal["runs"] = "runs"
    scope: Literal["mine", "all"] = "all"
    status: Annotated[Status, BeforeValidator(_status)] | None = key(None, "only those in this state", "running")


class OneRun(Form):
    """A command about one run."""

    group = "Runs"
    run: RunId


class ShowRun(OneRun):
    """Shows one run as it stands."""

    name, usage, examples = "R12", "R12", ("R12",)
    command: Literal["show_run"] = "show_run"


class CancelRun(OneRun):
    """Stops a run; its last checkpoint stays."""

    name, usage, examples = "cancel", "cancel R12", ("cancel R12",)
    command: Literal["cancel_run"] = "cancel_run"


class ResumeRun(OneRun):
    """Goes on with a stopped, failed or lost run from its last checkpoint."""

    name, usage, examples = "resume", "resume R12", ("resume R12",)
    command: Literal["resume_run"] = "resume_run"


class ShowLogs(OneRun):
    """Shows the last events and log lines of a run."""

    name, usage, examples = "logs", "logs R12", ("logs R12",)
    command: Literal["show_logs"] = "show_logs"


class MuteRun(OneRun):
    """Keeps a run's thread quiet; its card goes on."""

    name, usage, examples = "mute", "mute R12", ("mute R12",)
    command: Literal["mute_run"] = "mute_run"


class UnmuteRun(OneRun):
    """Lets a run's thread speak again."""

    name, usage, examples = "unmute", "unmute R12", ("unmute R12",)
    command: Literal["unmute_run"] = "unmute_run"


class Schedules(Form):
    """Lists what is trained when, with the next times."""

    name, group, usage, examples = "schedules", "Schedules", "schedules", ("schedules",)
    command: Literal["schedules"] = "schedules"


class OneSchedule(Form):
    """A command about one schedule."""

    group = "Schedules"
    schedule: ScheduleId


class ShowSchedule(OneSchedule):
    """Shows one schedule."""

    name, usage, examples = "S4", "S4", ("S4",)
    command: Literal["show_schedule"] = "show_schedule"


class RunSchedule(OneSchedule):
    """Starts a schedule's run now, out of turn."""

    name, usage, examples = "S4 run", "S4 run", ("S4 run",)
    command: Literal["run_schedule"] = "run_schedule"


class PauseSchedule(OneSchedule):
    """Starts nothing more until it is resumed."""

    name, usage, examples = "pause", "pause S4", ("pause S4",)
    command: Literal["pause_schedule"] = "pause_schedule"


class ResumeSchedule(OneSchedule):
    """Goes on with a paused schedule at its next time."""

    name, usage, examples = "resume", "resume S4", ("resume S4",)
    command: Literal["resume_schedule"] = "resume_schedule"


class RemoveSchedule(OneSchedule):
    """Ends a schedule for good."""

    name, usage, examples = "remove", "remove S4", ("remove S4",)
    command: Literal["remove_schedule"] = "remove_schedule"


class Publish(Form):
    """Asks the approvers to let a run's model onto the Hub; private unless said otherwise."""

    name, group, usage = "publish", "Publish", "publish R12 to org/name [private|public]"
    examples = ("publish R12 to acme/ticket-router", "publish R12 to acme/ticket-router public")
    command: Literal["publish"] = "publish"
    run: RunId
    repo: str
    public: bool = False


class Releases(Form):
    """Lists what was published, by whom, and who approved it."""

    name, group, usage = "releases", "Publish", "releases [repo]"
    examples = ("releases", "releases acme/ticket-router")
    command: Literal["releases"] = "releases"
    repo: str | None = None


class OneRelease(Form):
    """A command about one release."""

    group = "Publish"
    release: ReleaseId


class ShowRelease(OneRelease):
    """Shows one release as it stands."""

    name, usage, examples = "P3", "P3", ("P3",)
    command: Literal["show_release"] = "show_release"


class WithdrawRelease(OneRelease):
    """Takes back a request to publish."""

    name, usage, examples = "withdraw", "withdraw P3", ("withdraw P3",)
    command: Literal["withdraw_release"] = "withdraw_release"


class Watch(Form):
    """Announces every push to a repo, or to any repo of an author, in this channel."""

    name, group, usage = "watch", "Watch", "watch author-or-repo"
    examples = ("watch mistralai", "watch acme/ticket-router")
    command: Literal["watch"] = "watch"
    target: str


class Unwatch(Form):
    """Ends a watch, by its id or by what it watches."""

    name, group, usage = "unwatch", "Watch", "unwatch W5|author-or-repo"
    examples = ("unwatch W5", "unwatch mistralai")
    command: Literal["unwatch"] = "unwatch"
    target: str


class Watching(Form):
    """Lists what is watched in this channel."""

    name, group, usage, examples = "watching", "Watch", "watching", ("watching",)
    command: Literal["watching"] = "watching"


class WhoAmI(Form):
    """Says who you are to me, what you may do, and who I am on the Hub."""

    name, group, usage, examples = "whoami", "You", "whoami", ("whoami",)
    command: Literal["whoami"] = "whoami"


Command = Annotated[
    Search
    | Info
    | Run
    | Compare
    | Tokenize
    | Train
    | Runs
    | ShowRun
    | CancelRun
    | ResumeRun
    | ShowLogs
    | MuteRun
    | UnmuteRun
    | Schedules
    | ShowSchedule
    | RunSchedule
    | PauseSchedule
    | ResumeSchedule
    | RemoveSchedule
    | Publish
    | Releases
    | ShowRelease
    | WithdrawRelease
    | Watch
    | Unwatch
    | Watching
    | WhoAmI
    | Help,
    Field(discriminator="command"),
]
