"""The policy of the certification scenario: alice is plain and bob an admin, one record is active and one archived."""

from typing import ClassVar

from authorization.ports import Inquiry
from tests.contract.authzen.policies import TestedPolicy

ROLES = {"alice": "user", "bob": "admin"}


class RecordPolicy(TestedPolicy):
    """What a request says of role and status counts more than what is stored, which the scenario wants."""

    name: ClassVar = "record"
    subject_ids: ClassVar = tuple(ROLES)
    action_names: ClassVar = ("delete", "read", "write")

    def __init__(self) -> None:
        super().__init__()
        self.statuses = {"record-1": "active", "record-2": "archived"}
        self.resource_ids = list(self.statuses)

    def is_allowed(self, inquiry: Inquiry) -> bool:
        subject, resource = inquiry.subject, inquiry.resource
        if subject.type != "user" or subject.id not in ROLES or resource.id not in self.resource_ids:
            return False
        role = subject.properties.get("role", ROLES[subject.id])
        status = resource.properties.get("status", self.statuses.get(resource.id, "active"))
        is_writer = role == "admin" if status == "archived" else subject.id == "alice"
        rules = {
            "read": True,
            "write": is_writer,
            "delete": is_writer and inquiry.action_properties.get("soft") is True,
        }
        return rules.get(inquiry.action, False)
