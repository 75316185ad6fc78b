"""What a policy source of a few lookups needs to know beyond its one rule."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from authorization.ports import Inquiry, Verdict


class TestedPolicy(ABC):
    """Answers everything from `is_allowed`, and counts how often it was asked."""

    __test__ = False
    name: ClassVar[str]
    subject_ids: ClassVar[Sequence[str]]
    action_names: ClassVar[Sequence[str]]

    def __init__(self) -> None:
        self.calls = 0
        self.resource_ids: list[str] = []

    @abstractmethod
    def is_allowed(self, inquiry: Inquiry) -> bool:
        """The rule."""

    def evaluate(self, inquiries: Sequence[Inquiry]) -> Sequence[Verdict]:
        self.calls += 1
        answers = [self.is_allowed(inquiry) for inquiry in inquiries]
        return [Verdict(is_allowed, "by_rule" if is_allowed else "no_rule") for is_allowed in answers]

    def find_subjects(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        asked = {name: replace(inquiry, subject=replace(inquiry.subject, id=name)) for name in sorted(self.subject_ids)}
        return [name for name, question in asked.items() if name > after and self.is_allowed(question)][:limit]

    def find_resources(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        asked = {
            name: replace(inquiry, resource=replace(inquiry.resource, id=name)) for name in sorted(self.resource_ids)
        }
        return [name for name, question in asked.items() if name > after and self.is_allowed(question)][:limit]

    def find_actions(self, inquiry: Inquiry) -> Sequence[str]:
        return [name for name in self.action_names if self.is_allowed(replace(inquiry, action=name))]
