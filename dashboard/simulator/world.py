"""What the simulated Slack holds: workspaces, organizations, and apps as they are configured there."""

from dataclasses import dataclass

FAULTS = ("slow", "429", "500", "html", "proxy", "reset", "redirect", "nested", "endless")

DEMANDS = {
    "Slack's page refuses": ("page/access_denied", "page/invalid_scope", "page/unapproved_scope", "page/made_up_code"),
    "The exchange is refused": (
        "exchange/bad_client_secret",
        "exchange/bad_redirect_uri",
        "exchange/invalid_code",
        "exchange/cannot_install_an_org_installed_app",
        "exchange/user_email_unverified",
        "exchange/enterprise_is_restricted",
        "exchange/team_added_to_org",
        "exchange/made_up_code",
    ),
    "The exchange cannot be made": tuple(f"exchange/{fault}" for fault in FAULTS),
    "The new token": ("auth/account_inactive", "auth/invalid_auth", "auth/invalid_auth/once", "auth/500", "auth/slow"),
}


@dataclass(frozen=True)
class Place:
    """A workspace, or an organization (its team is None)."""

    name: str
    team_id: str | None
    enterprise_id: str | None = None
    enterprise_name: str | None = None
    domain: str = "example"

    @property
    def id(self) -> str:
        return self.team_id or self.enterprise_id or ""

    @property
    def url(self) -> str:
        return f"https://{self.domain}.{'enterprise.' if not self.team_id else ''}slack.com/"


PLACES = (
    Place("Acme Europe", "T0ACME001", domain="acme-europe"),
    Place("株式会社サンプル", "T0SAMPLE2", domain="sample"),
    Place("O'Brien & <Söhne> GmbH", "T0OBRIEN3", domain="obrien"),
    Place("Globex Research", "T0GLOBEX4", "E0GLOBEX1", "Globex Corporation", domain="globex-research"),
    Place("Globex Corporation", None, "E0GLOBEX1", "Globex Corporation", domain="globex"),
)


@dataclass
class SimulatedApp:
    """An app as it is configured at Slack."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    name: str = "Acme Bot"
    app_id: str = "A0ACMEBOT"
    rotating: bool = False
