"""The machinery of the pages: requests, identity, templates, lists, errors, headers. No page of its own."""
