"""A page that is rendered once, with gaps."""

from dashboard.web.kit import gaps, render

PAGE = render.environment().from_string(
    "<h1>{{ t('Installed in {place}', place=place) }}</h1><a href=\"{{ at }}\">{{ said }}</a>"
)


def shown(said="", **values):
    html = PAGE.render(language="en", said=said, **{name: gaps.gap(name) for name in ("place", "at")})
    return gaps.filled(gaps.parts(html), values)


def test_what_stands_in_a_gap_is_escaped_once():
    html = shown(place=render.bdi("<b>\u202eR&D</b>"), at='slack://app?team=T1&id="A1"')
    assert html == (
        "<h1>Installed in <bdi>&lt;b&gt;[U+202E]R&amp;D&lt;/b&gt;</bdi></h1>"
        '<a href="slack://app?team=T1&amp;id=&#34;A1&#34;"></a>'
    )


def test_a_text_that_looks_like_a_gap_is_at_most_one():
    marks = str(gaps.gap("place") + gaps.gap("nothing"))
    assert shown(said=marks, place="<x>", at="").endswith(f'">&lt;x&gt;{gaps.gap("nothing")}</a>')
