"""Everything that the files of one directory say: the unit that is read once and remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.discovery import declarations
from dagster_commons.discovery.documents import Document, read_toml, read_yaml
from dagster_commons.discovery.facts import CLOUD_FILES, Declaration, DirectoryFacts, ProjectFacts
from dagster_commons.discovery.pyproject_facts import pyproject_facts
from dagster_commons.discovery.requirements_files import RequirementsFile, read_requirements
from dagster_commons.discovery.setup_files import setup_cfg_facts, setup_py_facts
from dagster_commons.model.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def read_directory(directory: Path) -> DirectoryFacts:
    """Read every file of `directory` that discovery knows; a broken one is a finding."""
    reading = _Reading(directory)
    pyproject = reading.open("pyproject.toml", read_toml)
    dg = reading.open("dg.toml", read_toml)
    project = reading.project(pyproject)
    declared = [*reading.declarations(pyproject, dg)]
    dg_document, prefix = (dg, ()) if dg else (pyproject, ("tool", "dg"))
    dg_projects = [*declarations.dg_workspace_projects(dg_document, *prefix)] if dg_document else []
    return DirectoryFacts(
        directory=directory,
        project=project,
        declarations=tuple(declared),
        dg_projects=tuple((path, line, dg_document.file) for path, line in dg_projects if dg_document),
        findings=reading.all_findings(),
        inputs=tuple(reading.inputs),
    )


class _Reading:
    """One directory while it is being read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.findings: list[Finding] = []
        self.documents: list[Document] = []
        self.inputs: list[Path] = []

    def open(self, name: str, read: Callable[[Path], Document | Finding]) -> Document | None:
        file = self.directory / name
        if not file.is_file():
            return None
        document = read(file)
        if isinstance(document, Finding):
            self.findings.append(document)
            return None
        self.documents.append(document)
        return document

    def all_findings(self) -> tuple[Finding, ...]:
        return (*self.findings, *(each for document in self.documents for each in document.findings))

    def declarations(self, pyproject: Document | None, dg: Document | None) -> Iterator[Declaration]:
        if dg is not None:  # dg ignores pyproject.toml beside a dg.toml
            yield from declarations.dg_project(dg)
        elif pyproject is not None:
            yield from declarations.dg_project(pyproject, "tool", "dg")
        if pyproject is not None:
            yield from declarations.dagster_table(pyproject)
        workspace = self.open("workspace.yaml", read_yaml)
        if workspace is not None:
            yield from declarations.workspace_yaml(workspace)
        for name in CLOUD_FILES:
            cloud = self.open(name, read_yaml)
            if cloud is not None:
                yield from declarations.cloud_yaml(cloud)

    def project(self, pyproject: Document | None) -> ProjectFacts | None:
        """pyproject.toml if it declares a project, else setup.py and setup.cfg, else requirements.txt alone."""
        facts = pyproject_facts(pyproject) if pyproject is not None else None
        if facts is not None:
            return self._with_dynamic_requirements(facts, pyproject)
        facts = self._setup_facts()
        file = self.directory / "requirements.txt"
        if not file.is_file():
            return facts
        if facts is None:
            facts = ProjectFacts(directory=self.directory, file=file, manager="requirements.txt", is_package=False)
        return _with_requirements(facts, self._requirements(file))

    def _setup_facts(self) -> ProjectFacts | None:
        setup_py, setup_cfg = self.directory / "setup.py", self.directory / "setup.cfg"
        from_cfg = from_py = None
        if setup_cfg.is_file():
            from_cfg, findings = setup_cfg_facts(setup_cfg)
            self.findings += findings
        if setup_py.is_file():
            from_py, findings = setup_py_facts(setup_py)
            self.findings += findings
        if from_py is None or from_cfg is None:
            return from_py or from_cfg
        return replace(
            from_py,
            name=from_py.name or from_cfg.name,
            version=from_py.version or from_cfg.version,
            version_hint=from_py.version_hint or from_cfg.version_hint,
            requires_python=from_py.requires_python or from_cfg.requires_python,
            dependencies=(*from_py.dependencies, *from_cfg.dependencies),
            import_hints=from_py.import_hints if from_py.import_hints.names else from_cfg.import_hints,
        )

    def _with_dynamic_requirements(self, facts: ProjectFacts, pyproject: Document | None) -> ProjectFacts:
        """With what setuptools reads by `dependencies = { file = [...] }`."""
        if pyproject is None or not facts.are_dependencies_dynamic:
            return facts
        keys = ("tool", "setuptools", "dynamic", "dependencies", "file")
        value = pyproject.value(*keys)
        names = [value] if isinstance(value, str) else [text for _, text in pyproject.texts(*keys)]
        for name in names:
            facts = _with_requirements(facts, self._requirements(self.directory / name))
        return facts

    def _requirements(self, file: Path) -> RequirementsFile:
        requirements = read_requirements(file)
        self.inputs += requirements.inputs
        self.findings += requirements.findings
        return requirements


def _with_requirements(facts: ProjectFacts, requirements: RequirementsFile) -> ProjectFacts:
    return replace(
        facts,
        dependencies=(*facts.dependencies, *requirements.dependencies),
        local_paths=(*facts.local_paths, *requirements.local_paths),
    )
