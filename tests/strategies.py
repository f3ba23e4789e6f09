"""Hypothesis strategies: the texts that people write.

`pyproject_texts()` draws a whole pyproject.toml as a `str`, always valid TOML and always a named project with a version
and a `requires-python`; what it says is chosen by the knobs, how it is written is drawn:

- line endings (LF, CRLF), a final line ending or none or blank lines, comments and blank lines anywhere;
- `[project]` as a table, as dotted keys from the root or as one inline table; blanks around `=`; indentation;
- arrays missing, empty, on one line or on several, indented by 2, 4 or a tab, with and without trailing commas, with
  commas that lead the lines, several elements on a line, comments between and behind, single and double quotes;
- extras, groups and `[tool.uv]` as tables, dotted keys or inline tables; sources as inline tables, dotted keys, tables
  of their own or arrays of tables; indexes as arrays of tables or of inline tables;
- tables in any order, among them other tools' tables with strings that look like tables and arrays.

Knobs, all keyword-only:

- `name`, `version`, `requires_python`: what `[project]` says;
- `requirements`: the pool from which dependencies, extras and groups are drawn (each array draws for itself);
- `sources`: the pool of (name, table) for `[tool.uv.sources]`; pass paths that exist, or nothing, where uv shall lock;
- `indexes`: the pool of index tables;
- `constraints`: the pool for `constraint-dependencies`;
- `build_system`: lines of a `[build-system]` table to be put somewhere; none by default, so that nothing is built.

For a project that uv can lock without a network, draw `pyproject_texts(requirements=(), indexes=(), constraints=(), sources=())`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REQUIREMENTS = (
    "dagster>=1.13",
    "duckdb",
    "polars[all, extra]>=1,<2",
    "pandas ; python_version < '3.13'",
    "acme_tools @ git+https://git.example.com/acme/tools@v1",
    "Other.Module==0.1",
)
SOURCES = (
    ("other-module", {"path": "../other", "editable": True}),
    ("acme_tools", {"git": "https://git.example.com/acme/tools", "tag": "v1"}),
    ("duckdb", {"index": "corp"}),
)
INDEXES = ({"name": "corp", "url": "https://index.example.com/simple", "explicit": True}, {"url": "./wheels"})
CONSTRAINTS = ("numpy<3", "Other_Module==0.1")

_COMMENTS = ("# a comment", "#", "  # [project]", '# "quoted", [1, 2', "# dependencies = []", "# ü ✓")
_OTHER_TABLES = (
    ("[tool.dg]", 'directory_type = "project"', "", "[tool.dg.project]", 'root_module = "sales.definitions"'),
    ("[tool.ruff]", "line-length = 120", 'select = ["ALL"]', "[tool.ruff.lint.per-file-ignores]", '"tests/*" = ["S"]'),
    ("[tool.text]", 'a = """', "[project]", 'dependencies = ["shared"]', '# no comment \\"""', '"""', "b = '''[x]'''"),
    ("[tool.values]", "n = 1_000", "d = 1979-05-27 07:32:00", "f = inf", "[[tool.values.t]]", "x = {a.b = [1, [2]]}"),
)


@st.composite
def pyproject_texts(
    draw: st.DrawFn,
    *,
    name: str = "sales",
    version: str = "0.1.0",
    requires_python: str = ">=3.11",
    requirements: Sequence[str] = REQUIREMENTS,
    sources: Sequence[tuple[str, Mapping[str, str | bool]]] = SOURCES,
    indexes: Sequence[Mapping[str, str | bool]] = INDEXES,
    constraints: Sequence[str] = CONSTRAINTS,
    build_system: Sequence[str] = (),
) -> str:
    """A pyproject.toml; the module's documentation says what is drawn and what the knobs do."""
    identity = [("name", f'"{name}"'), ("version", f"'{version}'"), ("requires-python", f'"{requires_python}"')]
    root, tables = draw(_project(identity, requirements))
    for part in (_groups(requirements), _uv(sources, indexes, constraints)):
        more_root, more_tables = draw(part)
        root, tables = root + more_root, tables + more_tables
    tables += [list(table) for table in draw(_some(_OTHER_TABLES))]
    tables += [["[build-system]", *build_system]] if build_system else []
    blocks = [*([root] if root else []), *draw(st.permutations(tables))]
    text = draw(_joined([draw(_commented(block)) for block in blocks]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@st.composite
def arrays(draw: st.DrawFn, elements: Sequence[str], *, multiline: bool = True) -> str:
    """A TOML array of the strings `elements` in one of the ways people write it."""
    quote = draw(st.sampled_from("\"'"))
    literals = [_quoted(element, quote) for element in elements]
    if not multiline or draw(st.booleans()):
        pad, comma = draw(st.sampled_from(["", " "])), draw(st.sampled_from([", ", ","]))
        trailing = "," if literals and draw(st.booleans()) else ""
        return f"[{pad}{comma.join(literals)}{trailing}{pad}]"
    indentation = draw(st.sampled_from(["    ", "  ", "\t", ""]))
    form = draw(st.sampled_from(["own lines", "leading commas", "pairs", "hanging"]))
    if form == "leading commas":
        return "[\n" + "".join(f"{indentation}{', ' if n else '  '}{each}\n" for n, each in enumerate(literals)) + "]"
    if form == "hanging" and literals:
        return "[" + f",\n{indentation}".join(literals) + draw(st.sampled_from(["", ","])) + "]"
    if form == "pairs":
        rows = [", ".join(literals[n : n + 2]) for n in range(0, len(literals), 2)]
        return "[\n" + ",\n".join(indentation + row for row in rows) + ("\n]" if rows else "]")
    return draw(_own_lines(literals, indentation))


@st.composite
def _own_lines(draw: st.DrawFn, literals: Sequence[str], indentation: str) -> str:
    has_trailing_comma = draw(st.booleans())
    lines = ["["]
    for number, literal in enumerate(literals, start=1):
        lines += [indentation + comment for comment in draw(_few(_COMMENTS))]
        comma = "," if number < len(literals) or has_trailing_comma else ""
        lines.append(f"{indentation}{literal}{comma}{draw(_trailing_comment())}")
    lines += [indentation + comment for comment in draw(_few((*_COMMENTS, "")))]
    return "\n".join([*lines, draw(st.sampled_from(["", "", "  "])) + "]"])


_Part = tuple[list[str], list[list[str]]]  # lines for the root, before every header; tables


@st.composite
def _project(draw: st.DrawFn, identity: Sequence[tuple[str, str]], pool: Sequence[str]) -> _Part:
    form = draw(st.sampled_from(["table", "table", "table", "dotted", "inline"]))
    is_inline = form == "inline"
    pairs = list(identity)
    if draw(st.booleans()):
        pairs.append(("dependencies", draw(_array_from(pool, multiline=not is_inline))))
    extras = draw(_named_arrays(("cloud", "Fast_Path"), pool, multiline=not is_inline))
    extras_form = "inline" if is_inline else draw(st.sampled_from(["table", "dotted"]))
    if extras and extras_form == "dotted":
        pairs += [(f"optional-dependencies.{key}", value) for key, value in extras]
    elif extras and is_inline:
        pairs.append(("optional-dependencies", _inline(extras)))
    tables = [draw(_table("[project.optional-dependencies]", extras))] if extras and extras_form == "table" else []
    pairs = draw(st.permutations(pairs))
    if form == "table":
        return [], [draw(_table("[project]", pairs)), *tables]
    if form == "dotted":
        return draw(_lines([(f"project.{key}", value) for key, value in pairs])), tables
    return [f"project = {_inline(pairs)}"], []


@st.composite
def _groups(draw: st.DrawFn, pool: Sequence[str]) -> _Part:
    form = draw(st.sampled_from(["missing", "table", "dotted", "inline"]))
    groups = draw(_named_arrays(("dev", "Lint"), pool, multiline=form != "inline"))
    if form == "missing" or not groups:
        return [], []
    if form == "table":
        return [], [draw(_table("[dependency-groups]", groups))]
    if form == "dotted":
        return draw(_lines([(f"dependency-groups.{key}", value) for key, value in groups])), []
    return [f"dependency-groups = {_inline(groups)}"], []


@st.composite
def _uv(
    draw: st.DrawFn,
    sources: Sequence[tuple[str, Mapping[str, str | bool]]],
    indexes: Sequence[Mapping[str, str | bool]],
    constraints: Sequence[str],
) -> _Part:
    form = draw(st.sampled_from(["missing", "table", "table", "dotted", "inline"]))
    if form == "missing":
        return [], []
    pairs = [("package", "false")]
    if draw(st.booleans()):
        pairs.append(("constraint-dependencies", draw(_array_from(constraints, multiline=form != "inline"))))
    drawn_sources, drawn_indexes = draw(_some(sources)), draw(_some(indexes))
    tables: list[list[str]] = []
    if form != "inline" and draw(st.booleans()):
        tables += draw(_source_tables(drawn_sources))
    elif drawn_sources or draw(st.booleans()):
        pairs.append(("sources", _inline([(key, _inline_values(value)) for key, value in drawn_sources])))
    if form != "inline" and draw(st.booleans()):
        tables.append(draw(_index_tables(drawn_indexes)))
    elif drawn_indexes or draw(st.booleans()):
        pairs.append(("index", "[" + ", ".join(_inline_values(each) for each in drawn_indexes) + "]"))
    pairs = draw(st.permutations(pairs))
    match form:
        case "table":
            tables.append(draw(_table("[tool.uv]", pairs)))
        case "dotted":
            tables.append(draw(_table("[tool]", [(f"uv.{key}", value) for key, value in pairs])))
        case _:
            tables.append(draw(_table("[tool]", [("uv", _inline(pairs))])))
    return [], [table for table in tables if table]


@st.composite
def _source_tables(draw: st.DrawFn, sources: Sequence[tuple[str, Mapping[str, str | bool]]]) -> list[list[str]]:
    pairs: list[tuple[str, str]] = []
    tables: list[list[str]] = []
    for key, values in sources:
        form = draw(st.sampled_from(["inline", "inline", "list", "dotted", "own", "array of tables"]))
        assignments = [(each, _value(value)) for each, value in values.items()]
        match form:
            case "inline":
                pairs.append((key, _inline(assignments)))
            case "list":
                pairs.append((key, f"[\n  {_inline([*assignments, ('marker', repr('os_name'))])},\n]"))
            case "dotted":
                pairs += [(f"{key}.{each}", value) for each, value in assignments]
            case "own":
                tables.append(draw(_table(f"[tool.uv.sources.{key}]", assignments)))
            case _:
                tables.append(draw(_table(f"[[tool.uv.sources.{key}]]", assignments)))
    if pairs or draw(st.booleans()):
        tables.append(draw(_table("[tool.uv.sources]", pairs)))
    return tables


@st.composite
def _index_tables(draw: st.DrawFn, indexes: Sequence[Mapping[str, str | bool]]) -> list[str]:
    lines: list[str] = []
    for index in indexes:
        lines += draw(_table("[[tool.uv.index]]", [(key, _value(value)) for key, value in index.items()]))
        lines += draw(_few(("", "# an index")))
    return lines


@st.composite
def _table(draw: st.DrawFn, header: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    return [header + draw(_trailing_comment()), *draw(_lines(pairs))]


@st.composite
def _lines(draw: st.DrawFn, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Statements, and a comment or a blank line between some of them."""
    indentation = draw(st.sampled_from(["", "", "", "  ", "\t"]))
    equals = draw(st.sampled_from([" = ", " = ", "=", "  =\t"]))
    lines: list[str] = []
    for key, value in pairs:
        lines += draw(_few((*_COMMENTS, "", "   ")))
        lines.append(f"{indentation}{key}{equals}{value}{draw(_trailing_comment())}")
    return lines


@st.composite
def _commented(draw: st.DrawFn, block: Sequence[str]) -> str:
    return "".join(line + "\n" for line in [*draw(_few(_COMMENTS)), *block, *draw(_few(_COMMENTS))])


@st.composite
def _joined(draw: st.DrawFn, blocks: Sequence[str]) -> str:
    text = "".join(block + draw(st.sampled_from(["", "\n", "\n", "\n\n"])) for block in blocks)
    ending = draw(st.sampled_from(["as it is", "one", "none"]))
    return text if ending == "as it is" else text.rstrip() + ("\n" if ending == "one" else "")


@st.composite
def _named_arrays(
    draw: st.DrawFn, names: Sequence[str], pool: Sequence[str], *, multiline: bool
) -> list[tuple[str, str]]:
    return [(name, draw(_array_from(pool, multiline=multiline))) for name in draw(_some(names))]


@st.composite
def _array_from(draw: st.DrawFn, pool: Sequence[str], *, multiline: bool) -> str:
    return draw(arrays(draw(_some(pool)), multiline=multiline))


@st.composite
def _some(draw: st.DrawFn, pool: Sequence) -> list:
    """Elements of the pool, each at most once, in any order."""
    positions = st.lists(st.integers(0, len(pool) - 1), unique=True) if pool else st.just([])
    return [pool[position] for position in draw(positions)]


def _few(pool: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Nothing most of the time, else one or two."""
    return st.one_of(st.just([]), st.just([]), st.lists(st.sampled_from(pool), max_size=2))


def _trailing_comment() -> st.SearchStrategy[str]:
    return st.sampled_from(["", "", "", "  # why", " #, ]", "\t# 'x"])


def _quoted(value: str, quote: str) -> str:
    if quote not in value:
        return f"{quote}{value}{quote}"
    return f'"{value}"' if quote == "'" else f"'{value}'"


def _inline(pairs: Sequence[tuple[str, str]]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }" if pairs else "{}"


def _inline_values(values: Mapping[str, str | bool]) -> str:
    return _inline([(key, _value(value)) for key, value in values.items()])


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
