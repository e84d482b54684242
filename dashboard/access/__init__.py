"""Who may do what, and how they get in: accounts, sessions, permissions, and the record of what was done."""
