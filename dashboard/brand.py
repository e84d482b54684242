"""How an app presents itself on its public pages. Everything in it is optional; the pages are whole without it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brand:
    """What a vendor says and shows. Texts are plain: escaped wherever they appear, a line break is a break."""

    sentence: str = ""
    how_it_works: str = ""
    next_steps: str = ""
    scope_reasons: tuple[tuple[str, str], ...] = ()  # (scope, why the app needs it)
    accent: str = ""  # #rrggbb, at least 4.5:1 on both grounds or it was refused
    logo_digest: str = ""  # of the WebP, empty where there is none; its address holds it
    privacy_url: str = ""
    terms_url: str = ""
    support: str = ""  # an e-mail address or a URL

    @property
    def support_link(self) -> str:
        """Where "Contact support" leads, without anything to tell it yet."""
        return f"mailto:{self.support}" if "@" in self.support and "://" not in self.support else self.support
