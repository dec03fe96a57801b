"""What a rule raises about one field of what a caller sent, so that the answer points at it."""


class WrongField(ValueError):
    """A field of a body, or a parameter of a query, makes no sense: `why`, and what would."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why
