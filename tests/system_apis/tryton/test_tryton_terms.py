"""What Tryton's payment terms say in days."""

from system_apis.tryton.parties import Delta, PaymentTerm, TermLine

IN_30_DAYS = Delta(months=0, weeks=0, days=30, day=None, month=None, weekday=None)
AT_MONTH_END = Delta(months=0, weeks=0, days=30, day=31, month=None, weekday=None)


def test_a_term_of_plain_days_is_known_by_its_days() -> None:
    """All that is owed, so many days after the invoice."""
    assert PaymentTerm(1, [TermLine("remainder", [IN_30_DAYS])]).net_days == 30
    assert PaymentTerm(2, [TermLine("remainder", [])]).net_days == 0


def test_a_term_that_says_more_than_days_is_not_taken_for_one_of_days() -> None:
    """Neither the end of a month nor two parts are so many days."""
    half = TermLine("percent", [IN_30_DAYS])

    assert PaymentTerm(3, [TermLine("remainder", [AT_MONTH_END])]).net_days is None
    assert PaymentTerm(4, [half, TermLine("remainder", [IN_30_DAYS])]).net_days is None
