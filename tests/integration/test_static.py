"""`/static`: style sheets and scripts."""


def test_style_sheets_may_be_kept_for_ever(visitor):
    page = visitor.client.get("/slack/install").text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    response = visitor.client.get(address)
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response.headers["Cache-Control"]
    for wrong in (address.replace("/static/", "/static/0"), "/static/x/..", "/static/x/%2e%2e%2fpyproject.toml"):
        assert visitor.client.get(wrong).status_code == 404


def test_they_are_packed_for_those_who_can_unpack(visitor):
    page = visitor.client.get("/slack/install").text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    packed = visitor.client.get(address, headers={"Accept-Encoding": "br, gzip"})
    plain = visitor.client.get(address, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
