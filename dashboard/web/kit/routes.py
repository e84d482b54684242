"""Every page there is: a module for each, named as its address. A handler needs no other place to be listed."""

from litestar.handlers import BaseRouteHandler

from dashboard.web import (
    apps,
    attempts,
    audit,
    brand,
    codes,
    confirm,
    enterprises,
    failures,
    funnel,
    health,
    home,
    install,
    installations,
    jobs,
    login,
    logout,
    lookup,
    me,
    operators,
    patterns,
    setup,
    static,
    views,
    workspaces,
)

PAGES = (
    health,
    install,
    static,
    brand,
    home,
    installations,
    attempts,
    workspaces,
    enterprises,
    codes,
    apps,
    lookup,
    login,
    logout,
    setup,
    confirm,
    me,
    operators,
    failures,
    funnel,
    audit,
    jobs,
    views,
    patterns,
)


def handlers() -> list[BaseRouteHandler]:
    return [value for page in PAGES for value in vars(page).values() if isinstance(value, BaseRouteHandler)]
