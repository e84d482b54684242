"""How the demo's two apps present themselves, as a company's would: in five languages, with a logo."""

import io
import json

from dashboard.apps import logo

_SIDE = 512  # pixels it is drawn in

_ACME_TEXTS = {
    "de": {
        "sentence": "Beantwortet die Fragen Ihres Teams dort, wo sie gestellt werden.",
        "how_it_works": "Erwähnen Sie @Acme Bot in einem Channel.\nEr antwortet im Thread und nennt seine Quellen.",
        "next_steps": "Laden Sie @Acme Bot in einen Channel ein.\nFragen Sie ihn etwas, das Ihr Team oft fragt.",
        "scope_reasons": "app_mentions:read zu hören, wenn Sie fragen\nchat:write Ihnen zu antworten\n"
        "commands /acme anzubieten",
    },
    "fr": {
        "sentence": "Répond aux questions de votre équipe là où elle les pose.",
        "how_it_works": "Mentionnez @Acme Bot dans un canal.\nIl répond dans le fil et cite ses sources.",
        "next_steps": "Invitez @Acme Bot dans un canal.\nPosez-lui une question que votre équipe pose souvent.",
        "scope_reasons": "app_mentions:read entendre vos questions\nchat:write vous répondre\ncommands proposer /acme",
    },
    "es": {
        "sentence": "Responde a las preguntas de su equipo allí donde se hacen.",
        "how_it_works": "Mencione a @Acme Bot en un canal.\nResponde en el hilo y cita sus fuentes.",
        "next_steps": "Invite a @Acme Bot a un canal.\nPregúntele algo que su equipo pregunte a menudo.",
        "scope_reasons": "app_mentions:read oír sus preguntas\nchat:write responderle\ncommands ofrecer /acme",
    },
    "ja": {
        "sentence": "チームの質問に、質問されたその場で答えます。",
        "how_it_works": "チャンネルで @Acme Bot にメンションします。\n出典を添えて、スレッドで答えます。",
        "next_steps": "@Acme Bot をチャンネルに招待します。\nチームでよくある質問をしてみてください。",
        "scope_reasons": "app_mentions:read 質問を受け取るため\nchat:write 回答するため\n"
        "commands /acme を使えるようにするため",
    },
}


def acme() -> dict[str, object]:
    """The columns of the first app's brand."""
    return {
        "name": "Acme Bot",
        "vendor": "Acme Labs",
        "sentence": "Answers your team's questions where they are asked.",
        "how_it_works": "Mention @Acme Bot in a channel.\nIt answers in the thread, and names its sources.",
        "next_steps": "Invite @Acme Bot to a channel.\nAsk it something that your team asks often.",
        "scope_reasons": "app_mentions:read to hear when you ask\nchat:write to answer you\ncommands to offer /acme",
        "accent": "#1f7a5c",
        "logo": _speech("#1f7a5c"),
        "privacy_url": "https://acme.example/privacy",
        "terms_url": "https://acme.example/terms",
        "support": "support@acme.example",
        "translations": json.dumps(_ACME_TEXTS, ensure_ascii=False),
    }


def nota_bene() -> dict[str, object]:
    """The columns of the second one's: no logo, and reasons for none of its scopes."""
    return {
        "name": "Nota Bene",
        "vendor": "Nota Bene GmbH",
        "sentence": "Keeps what was decided, and finds it again.",
        "accent": "#7a3e9d",
        "support": "https://nota-bene.example/help",
    }


def _speech(colour: str) -> bytes:
    """A logo: what somebody says, on a colour."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (_SIDE, _SIDE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, _SIDE - 1, _SIDE - 1), 112, fill=colour)
    draw.rounded_rectangle((104, 124, 408, 330), 60, fill="#ffffff")
    draw.polygon([(176, 320), (176, 408), (268, 320)], fill="#ffffff")
    for left in (168, 236, 304):
        draw.ellipse((left, 207, left + 40, 247), fill=colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return logo.made_of(file.getvalue())
