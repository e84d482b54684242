"""What went wrong on this side."""

from dashboard.install.catalogue.entry import entry

ENTRIES = (
    entry(
        "interrupted",
        "The installation was interrupted",
        "Our service stopped in the middle of it. Slack may show the app as installed already; start again to finish.",
        start_again=True,
    ),
    entry(
        "storage_error",
        "We could not save the installation",
        "Slack agreed, but something failed on our side when we wanted to keep it. Start again in a few minutes; if "
        "Slack shows the app as installed already, that does no harm.",
        start_again=True,
    ),
    entry(
        "database_unavailable",
        "We could not go on with the installation",
        "Our records could not be reached, so we did not ask Slack, and nothing was installed. Start again in a few "
        "minutes.",
        start_again=True,
    ),
    entry(
        "internal_error",
        "Something failed on our side",
        "We have a record of it. Start again; if it repeats, tell us the reference below.",
        start_again=True,
    ),
    entry(
        "in_progress",
        "Your installation is still running",
        "Slack is slow to answer. Leave this page open: it looks again every few seconds.",
        start_again=False,
    ),
    entry(
        "unknown_error",
        "Slack reported a problem we have not met before",
        "We have noted it. Start again; if it repeats, tell us the reference below.",
        start_again=True,
    ),
)
