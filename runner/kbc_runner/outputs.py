"""What the script left in out/tables and out/files, read by the job's own rules (§7.3, §8.4)."""

from __future__ import annotations

import os

from kbc_runner import files, rows, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MANIFEST = ".manifest"
_MANIFEST_LIMIT = 4 << 20


def find(data: str, config: str) -> dict[str, Any]:
    """The fields of the `outputs` event."""
    mappings = _table_mappings(config)
    tables, lonely_tables = _entries(f"{data}/out/tables", folders=True)
    others, lonely_files = _entries(f"{data}/out/files", folders=False)
    return {
        "tables": [_table(f"{data}/out/tables/{name}", name, mappings) for name in tables],
        "files": [_file(f"{data}/out/files/{name}", name) for name in others],
        "orphans": [f"tables/{name}" for name in lonely_tables]
        + [f"files/{name}" for name in lonely_files],
    }


def _entries(folder: str, folders: bool) -> tuple[list[str], list[str]]:
    """The names of outputs and of manifests without one. Pipes, sockets and links to nowhere are
    no outputs; opening a pipe would wait for ever."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:  # the script removed it, or made something else of it
        return [], []
    found = [
        name
        for name in names
        if not name.endswith(_MANIFEST)
        and (os.path.isfile(f"{folder}/{name}") or (folders and os.path.isdir(f"{folder}/{name}")))
    ]
    present = set(found)
    lonely = [
        name
        for name in names
        if name.endswith(_MANIFEST) and name[: -len(_MANIFEST)] not in present
    ]
    return found, lonely


def _table(path: str, name: str, mappings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    manifest = _manifest(path)
    settings = {**_object(manifest), **mappings.get(name, {})}
    sliced = os.path.isdir(path)
    columns = _announced_columns(settings)
    enclosure = _character(settings.get("enclosure"), '"')
    headless = sliced or _is_headless(settings)
    length, count = 0, None
    try:
        length = rows.size(path)
        if sliced:
            count = sum(rows.count_records(part, enclosure) for part in rows.parts(path))
        else:
            count = rows.count_records(path, enclosure)
            if not headless:
                count = max(0, count - 1)
                columns = rows.header(path, _character(settings.get("delimiter"), ","), enclosure)
    except Exception:  # unreadable, or a broken .gz: its rows are unknown, the rest is told
        count = None
    return {
        "name": name,
        "bytes": length,
        "rows": count,
        "columns": columns,
        "manifest": manifest,
    }


def _file(path: str, name: str) -> dict[str, Any]:
    return {"name": name, "bytes": rows.size(path), "manifest": _manifest(path)}


def _manifest(path: str) -> str | None:
    try:
        if os.stat(path + _MANIFEST).st_size > _MANIFEST_LIMIT:
            return None
        return files.read(path + _MANIFEST)
    except OSError:
        return None


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = wire.parse(text) if text is not None else None
    except (ValueError, RecursionError):  # the panel shows the text; the job will refuse it
        return {}
    return value if isinstance(value, dict) else {}


def _table_mappings(config: str) -> dict[str, dict[str, Any]]:
    """The output mapping by source; what it sets wins over the manifest."""
    node: Any = _object(config)
    for key in ("storage", "output", "tables"):
        node = node.get(key) if isinstance(node, dict) else None
    found = {}
    for mapping in node if isinstance(node, list) else []:
        if isinstance(mapping, dict) and isinstance(mapping.get("source"), str):
            found[mapping["source"]] = {key: value for key, value in mapping.items() if value}
            if mapping.get("has_header") is False:
                found[mapping["source"]]["has_header"] = False
    return found


def _announced_columns(settings: dict[str, Any]) -> list[str]:
    """The columns of a table without a header, from either generation of manifest."""
    columns = settings.get("columns")
    if isinstance(columns, list) and columns:
        return [str(column) for column in columns]
    schema = settings.get("schema")
    if isinstance(schema, list):
        return [str(column.get("name")) for column in schema if isinstance(column, dict)]
    return []


def _is_headless(settings: dict[str, Any]) -> bool:
    has_header = settings.get("has_header")
    if isinstance(has_header, bool):
        return not has_header
    return bool(settings.get("columns"))


def _character(value: Any, default: str) -> str:
    return value if isinstance(value, str) and len(value) == 1 else default
