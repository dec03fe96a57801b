"""`strata token`: a token of one of the sandbox's people or clients."""

import click
import msgspec

from gateway.calling import issue
from gateway.people import UnknownIdentity, Wish
from gateway.settings import Profile, Settings


@click.command()
@click.option("--as", "who", required=True, help="A role, a person's id, or integrator.")
@click.option("--entity", help="Only this legal entity's records.")
@click.option("--unit", help="Only this business unit's records, and those below it.")
@click.option("--scope", "scopes", default="", help="Only these scopes, with blanks between.")
@click.option("--json", "as_json", is_flag=True, help="Print the token with whom it is for.")
@click.pass_obj
def token(
    settings: Settings,
    who: str,
    entity: str | None,
    unit: str | None,
    scopes: str,
    *,
    as_json: bool,
) -> None:
    """Print a short-lived access token of one of the sandbox's people or clients."""
    if settings.profile is not Profile.SANDBOX:
        raise click.ClickException("tokens are the identity provider's outside the sandbox")
    try:
        wish = Wish(who=who, entity=entity, unit=unit, scopes=tuple(scopes.split()))
        issued = issue(settings, wish)
    except UnknownIdentity as error:
        raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(issued) if as_json else issued.access_token)
