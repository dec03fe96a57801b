"""`strata restore`: a backup, made a data directory again."""

import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from gateway.backup.checking import check
from gateway.backup.restoring import NoRoom, check_room
from gateway.backup.restoring import restore as put_in_place
from gateway.commands.audit_telling import tell_progress
from gateway.commands.backup import FOLDER, KEYS_ELSEWHERE, tell_checked, told
from gateway.commands.opened_audit import by_operator
from gateway.settings import Settings


class Restored(Struct, frozen=True):
    """What was restored, and where it is."""

    backup: str
    at: datetime
    data_dir: str
    next: tuple[str, ...]


@click.command()
@click.argument("backup", type=FOLDER)
@click.option("--into", type=FOLDER, required=True, help="A new or an empty directory.")
@KEYS_ELSEWHERE
@click.option("--dry-run", is_flag=True, help="Look whether it could be restored, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_obj
def restore(
    settings: Settings,
    backup: Path,
    into: Path,
    keys: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Check a backup and make it a data directory again, all of it or nothing.

    Stop the gateway first, and start none on the old directory again: two would do one work.
    What was written into the systems after the backup's moment is found by its business key
    and not written again; what people decided after it is asked anew. Exits 1 when it cannot
    be restored.
    """
    with told():
        try:
            check_room(into.resolve())
            found = check(backup.resolve(), keys, tell_progress)
            if not found.whole:
                tell_checked(found)
                sys.exit(1)
            if not dry_run:
                entry = by_operator("backup.restored", f"backup of {found.at:%Y-%m-%dT%H:%M:%SZ}")
                put_in_place(backup.resolve(), into.resolve(), keys, entry)
        except NoRoom as error:
            raise click.ClickException(str(error)) from error
    after = () if dry_run else tuple(_next(settings, into))
    restored = Restored(str(backup), found.at, str(into), after)
    if as_json:
        click.echo(msgspec.json.encode(restored))
        return
    done = "can be restored" if dry_run else "is restored"
    click.echo(f"The backup of {found.at:%Y-%m-%d %H:%M:%S} UTC {done} into {into}.")
    for each in after:
        click.echo(f"Next: {each}")


def _next(settings: Settings, into: Path) -> list[str]:
    """Return what to do after a restore, in order."""
    where = f"STRATA_DATA_DIR={into}"
    heads = settings.audit.heads_file
    aside = (
        [f"put {heads} aside with a note, and copy {into / 'audit-heads.jsonl'} there"]
        if heads
        else []
    )
    return [*aside, f"{where} strata serve", f"{where} strata verify"]
