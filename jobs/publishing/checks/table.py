"""All checks, in the order in which cards show them, each made to its end."""

import logging

from core.errors import HugopsError
from core.releases import may_pass
from core.store.releases import Finding
from jobs.publishing.checks import Check, Subject, card, contents, files, name, safe, visibility

log = logging.getLogger(__name__)
CHECKS: tuple[Check, ...] = (files, safe, visibility, name, contents, card)


def run_checks(subject: Subject) -> tuple[Finding, ...]:
    """What every check says; none is left out because another one blocks."""
    return tuple(_run(check, subject) for check in CHECKS)


def _run(check: Check, subject: Subject) -> Finding:
    try:
        return check.check(subject)
    except HugopsError as error:
        if may_pass(error):
            raise
        return Finding(check.NAME, "blocking", error.sentence)
    except Exception:  # whatever a check trips over: nothing goes out unchecked, and the other checks go on
        log.exception("the check %s of %s stumbled", check.NAME, subject.release.id)
        return Finding(
            check.NAME,
            "blocking",
            f"The check of {check.NAME} stumbled, so nobody knows whether all is well.",
            "Ask again; if it stays, whoever runs me finds the reason in my log.",
        )
