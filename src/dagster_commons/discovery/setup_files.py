"""setup.py and setup.cfg, read without running them."""

from __future__ import annotations

import ast
import configparser
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from dagster_commons.discovery.build_tables import attribute_hint
from dagster_commons.discovery.documents import MALFORMED, unreadable
from dagster_commons.discovery.facts import ImportHints, ProjectFacts, VersionHint
from dagster_commons.errors import UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.model.names import normalise_name, requirement_name
from dagster_commons.model.project import Dependency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


FactsAndFindings: TypeAlias = "tuple[ProjectFacts | None, tuple[Finding, ...]]"


def setup_py_facts(file: Path) -> FactsAndFindings:
    """What the literal arguments of `setup(…)` say; whatever is computed counts as dynamic."""
    try:
        tree = ast.parse(file.read_bytes())
    except OSError as error:
        return None, (unreadable(file, f"the file cannot be read: {error.strerror}", line=None),)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        return None, (unreadable(file, f"not Python: {error}", line=line),)
    call = next((node for node in ast.walk(tree) if _is_setup_call(node)), None)
    if call is None:
        return None, ()
    arguments = {each.arg: each.value for each in cast("ast.Call", call).keywords if each.arg is not None}
    return _SetupCall(file=file, arguments=arguments, constants=_module_constants(tree)).facts()


def setup_cfg_facts(file: Path) -> FactsAndFindings:
    """What `[metadata]` and `[options]` say; None where the file only configures tools."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    try:
        parser.read_string(file.read_text("utf-8"))
    except OSError as error:
        return None, (unreadable(file, f"the file cannot be read: {error.strerror}", line=None),)
    except (configparser.Error, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        return None, (unreadable(file, f"malformed: {str(error).splitlines()[0]}", line=line),)
    if not parser.has_section("metadata") and not parser.has_section("options"):
        return None, ()
    return _cfg_facts(parser, file)


def _cfg_facts(parser: configparser.ConfigParser, file: Path) -> FactsAndFindings:
    def one(section: str, key: str) -> str | None:
        return parser.get(section, key, fallback="").strip() or None

    def lines(section: str, key: str) -> list[str]:
        return [each.strip() for each in parser.get(section, key, fallback="").splitlines() if each.strip()]

    extras = dict(parser["options.extras_require"]) if parser.has_section("options.extras_require") else {}
    requirements = [(None, each) for each in lines("options", "install_requires")]
    optional = [(extra, each.strip()) for extra in extras for each in extras[extra].splitlines() if each.strip()]
    dependencies, findings = _dependencies([*requirements, *optional], file, {})
    version, hint = _cfg_version(one("metadata", "version"))
    directories = [each.partition("=")[2].strip() for each in lines("options", "package_dir") if each.startswith("=")]
    name = one("metadata", "name")
    facts = ProjectFacts(
        directory=file.parent,
        file=file,
        manager="setup.py",
        name=normalise_name(name) if name else None,
        version=version,
        version_hint=hint,
        is_version_dynamic=hint is not None,
        requires_python=one("options", "python_requires"),
        dependencies=dependencies,
        import_hints=ImportHints(
            names=tuple(each.partition(".")[0] for each in lines("options", "packages") if "find" not in each),
            directories=tuple(directories + lines("options.packages.find", "where")),
        ),
    )
    return facts, findings


def _cfg_version(written: str | None) -> tuple[str | None, VersionHint | None]:
    if written is None:
        return None, None
    kind, separator, value = written.partition(":")
    if not separator:
        return written, None
    value = value.strip()
    return None, attribute_hint(value) if kind.strip() == "attr" else VersionHint(files=(value,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _SetupCall:
    """The call of `setup(…)`: its arguments, and the module's constants that they may name."""

    file: Path
    arguments: Mapping[str, ast.expr]
    constants: Mapping[str, ast.expr]

    def facts(self) -> FactsAndFindings:
        name, version = self._text("name"), self._text("version")
        requirements = [(None, node) for node in self._elements("install_requires")]
        optional = [(extra, node) for extra, nodes in self._extras().items() for node in nodes]
        texts = [(extra, cast("str", node.value)) for extra, node in (*requirements, *optional) if _is_text(node)]
        positions = {cast("str", node.value): node.lineno for _, node in (*requirements, *optional) if _is_text(node)}
        dependencies, findings = _dependencies(texts, self.file, positions)
        declared = self._resolved("install_requires")
        facts = ProjectFacts(
            directory=self.file.parent,
            file=self.file,
            manager="setup.py",
            name=normalise_name(name) if name else None,
            version=version,
            is_version_dynamic="version" in self.arguments and version is None,
            are_dependencies_dynamic=declared is not None and not isinstance(declared, ast.List | ast.Tuple),
            requires_python=self._text("python_requires"),
            dependencies=dependencies,
            import_hints=self._import_hints(),
        )
        return facts, findings

    def _resolved(self, argument: str) -> ast.expr | None:
        node = self.arguments.get(argument)
        return self.constants.get(node.id, node) if isinstance(node, ast.Name) else node

    def _text(self, argument: str) -> str | None:
        node = self._resolved(argument)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def _elements(self, argument: str) -> list[ast.Constant]:
        return _constants(self._resolved(argument))

    def _extras(self) -> dict[str, list[ast.Constant]]:
        node = self._resolved("extras_require")
        if not isinstance(node, ast.Dict):
            return {}
        return {
            normalise_name(key.value): _constants(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }

    def _import_hints(self) -> ImportHints:
        packages = self._resolved("packages")
        names = [cast("str", each.value) for each in (*_constants(packages), *self._elements("py_modules"))]
        directories = []
        if isinstance(packages, ast.Call):
            where = [each.value for each in packages.keywords if each.arg == "where"] + packages.args[:1]
            directories += [each.value for each in where if isinstance(each, ast.Constant)]
        roots = self._resolved("package_dir")
        if isinstance(roots, ast.Dict):
            pairs = zip(roots.keys, roots.values, strict=True)
            directories += [
                value.value
                for key, value in pairs
                if isinstance(key, ast.Constant) and key.value == "" and isinstance(value, ast.Constant)
            ]
        return ImportHints(
            names=tuple(dict.fromkeys(each.partition(".")[0] for each in names)),
            directories=tuple(each for each in directories if isinstance(each, str)),
        )


def _is_setup_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    return (isinstance(function, ast.Name) and function.id == "setup") or (
        isinstance(function, ast.Attribute) and function.attr == "setup"
    )


def _module_constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _constants(node: ast.expr | None) -> list[ast.Constant]:
    if not isinstance(node, ast.List | ast.Tuple):
        return []
    return [each for each in node.elts if isinstance(each, ast.Constant) and _is_text(each)]


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str)


def _dependencies(
    declared: Iterable[tuple[str | None, str]], file: Path, lines: Mapping[str, int]
) -> tuple[tuple[Dependency, ...], tuple[Finding, ...]]:
    dependencies: list[Dependency] = []
    findings: list[Finding] = []
    for extra, text in declared:
        try:
            name = requirement_name(text)
        except UsageError as error:
            findings.append(
                Finding(
                    rule=MALFORMED,
                    severity="error",
                    subject=file.name,
                    message=error.message,
                    file=file,
                    line=lines.get(text),
                )
            )
            continue
        extra_name = normalise_name(extra) if extra else None
        dependencies.append(Dependency(name=name, requirement=text, line=lines.get(text), extra=extra_name))
    return tuple(dependencies), tuple(findings)
