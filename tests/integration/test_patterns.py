"""`/ops/_patterns`: every part of the desk's pages in every state."""


def test_every_status_there_is_has_its_pattern(owner):
    page = owner.get("/ops/_patterns")
    assert page.status == 200
    for word in ("Active", "Attention", "Revoked", "Uninstalled", "Succeeded", "Failed", "Cancelled", "Abandoned"):
        assert word in page.text
