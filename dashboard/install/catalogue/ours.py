"""What went wrong on this side."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere, ours
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    CRITICAL,
    INSTALLER,
    MAJOR,
    MINOR,
    NOBODY,
    NONE,
    OPERATOR,
    YES,
    Cause,
    Support,
    entry,
)

_DATABASE = (
    Cause(
        ours.database_down,
        us="Look at the database's own log: whether it runs, and how many connections it allows.",
    ),
    Cause(ours.disk_full, retry=AFTER_FIX, us="Make room on the disk of the database."),
    Cause(
        ours.read_only,
        retry=AFTER_FIX,
        us="Look whether DATABASE_URL names a replica, or the file's folder belongs to somebody else.",
    ),
    Cause(ours.not_migrated, retry=AFTER_FIX, us="Run `dashboard migrate` with the release that is in use."),
    Cause(
        ours.value_does_not_fit,
        severity=MINOR,
        retry=AFTER_FIX,
        us="Report it with the reference: this customer's names or ids do not fit into a column. PostgreSQL does not "
        "say which; its log does.",
    ),
)

ENTRIES = (
    entry(
        "interrupted",
        text("The installation was interrupted"),
        text(
            "Our service stopped in the middle of it. Slack may show the app as installed already; start again to "
            "finish."
        ),
        Support(
            owner=OPERATOR,
            severity=MINOR,
            retry=YES,
            explanation="The process ended between the return and the outcome. Slack may have given a token that "
            "nobody has: to the customer the app looks installed, and it does nothing until they start again.",
            us="Give the service ten seconds to end (SIGTERM) before it is killed.",
            customer="Start again; it finishes what was begun.",
            reply=replies.INTERRUPTED,
            causes=(Cause(ours.restarted),),
        ),
        start_again=True,
    ),
    entry(
        "storage_error",
        text("We could not save the installation"),
        text(
            "Slack agreed, but something failed on our side when we wanted to keep it. Start again in a few minutes; "
            "if Slack shows the app as installed already, that does no harm."
        ),
        Support(
            owner=OPERATOR,
            severity=CRITICAL,
            retry=YES,
            explanation="Slack gave a token and the database did not take it. The token is gone; Slack shows the app "
            "as installed, and installing again replaces it.",
            us="`dashboard doctor` says what is wrong with the database now.",
            customer="Start again in a few minutes.",
            reply=replies.NOT_SAVED,
            causes=_DATABASE,
        ),
        start_again=True,
    ),
    entry(
        "database_unavailable",
        text("We could not go on with the installation"),
        text(
            "Our records could not be reached, so we did not ask Slack, and nothing was installed. Start again in a "
            "few minutes."
        ),
        Support(
            owner=OPERATOR,
            severity=CRITICAL,
            retry=YES,
            explanation="The return could not be written down, so Slack was not asked: nothing was installed there "
            "either, and the code was not used.",
            us="`dashboard doctor` says what is wrong with the database now.",
            customer="Start again in a few minutes.",
            reply=replies.NOT_ASKED,
            causes=_DATABASE,
        ),
        start_again=True,
    ),
    entry(
        "other_workspace",
        text("This link is for another workspace"),
        text(
            "It was made for one workspace, and you chose another on Slack's page, so nothing was installed. Start "
            "again to install the app in the workspace you chose, or open the link anew and choose the one it was "
            "made for."
        ),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="A one-time link is bound to the customer it was made for. What Slack granted for the other "
            "workspace was given back and not stored, unless the app was installed there already.",
            us="If the customer has two workspaces and wants the app in both, send them the plain install link, too.",
            customer="Open the link again, and choose the right workspace at the top right of Slack's page.",
            reply=replies.OTHER_WORKSPACE,
            causes=(Cause(ours.link_of_another),),
        ),
        start_again=True,
    ),
    entry(
        "internal_error",
        text("Something failed on our side"),
        text("We have a record of it. Start again; if it repeats, tell us the reference below."),
        Support(
            owner=OPERATOR,
            severity=MAJOR,
            retry=YES,
            explanation="Something nobody foresaw. The service's log has a line `install.failed` with this reference, "
            "the class of the error and where it arose.",
            us="Look for the reference in the service's log, and report what stands there.",
            customer="Start again once.",
            reply=replies.OUR_FAULT,
            causes=(
                Cause(ours.fault_in_the_code),
                Cause(anywhere.with_this_release, us="Go back to the release before, and report it."),
            ),
        ),
        start_again=True,
    ),
    entry(
        "in_progress",
        text("Your installation is still running"),
        text("Slack is slow to answer. Leave this page open: it looks again every few seconds."),
        Support(
            owner=NOBODY,
            severity=NONE,
            retry=YES,
            explanation="The same browser came back a second time while the first return still waited for Slack. The "
            "page asks again by itself until there is an outcome.",
            us="Nothing.",
            customer="Wait; the page goes on by itself.",
            reply=replies.RUNNING,
            causes=(Cause(ours.restarted, owner=OPERATOR, severity=MINOR, reply=replies.INTERRUPTED),),
        ),
        start_again=False,
    ),
    entry(
        "unknown_error",
        text("Slack reported a problem we have not met before"),
        text("We have noted it. Start again; if it repeats, tell us the reference below."),
        Support(
            owner=OPERATOR,
            severity=MINOR,
            retry=YES,
            explanation="Slack's code is in no list that this catalogue was made from. Slack adds codes without "
            "notice; anybody who follows a link of ours can also make one up.",
            us="Look the code up at docs.slack.dev, and report it, so that it gets an entry.",
            customer="Start again once.",
            reply=replies.CANNOT_EXPLAIN,
            causes=(
                Cause(anywhere.everybody_meets_it, severity=CRITICAL, retry=AFTER_FIX),
                Cause(anywhere.this_customer_alone),
                Cause(anywhere.with_this_release),
            ),
        ),
        start_again=True,
    ),
)
