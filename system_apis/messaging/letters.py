"""A message as the text and the page of a mail, everything in it escaped."""

from html import escape

from system_apis.messaging.interface import LONGEST_LINE, Message, one_line


def text_of(message: Message) -> str:
    """Return a message as plain text."""
    told = []
    for each in message.lines:
        told.append(one_line(each.text, LONGEST_LINE))
        if each.link:
            told.append(f"  {each.link}")
    return "\n".join(told) + "\n"


def page_of(message: Message) -> str:
    """Return a message as a page without scripts, styles or pictures."""
    told = []
    for each in message.lines:
        text = escape(one_line(each.text, LONGEST_LINE))
        link = f' <a href="{escape(each.link)}">Open</a>' if each.link else ""
        told.append(f"<p>{text}{link}</p>")
    return f"<!doctype html><html><body>{''.join(told)}</body></html>\n"
