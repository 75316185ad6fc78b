"""The policies of the Todo scenario."""

from typing import ClassVar

from authorization.ports import Inquiry
from tests.contract.authzen.policies import TestedPolicy

TAIL = "MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs"
PEOPLE = {
    f"CiRmZDA2{TAIL}": ("rick@the-citadel.com", {"admin", "evil_genius"}),
    f"CiRmZDE2{TAIL}": ("morty@the-citadel.com", {"editor"}),
    f"CiRmZDI2{TAIL}": ("summer@the-smiths.com", {"editor"}),
    f"CiRmZDM2{TAIL}": ("beth@the-smiths.com", {"viewer"}),
    f"CiRmZDQ2{TAIL}": ("jerry@the-smiths.com", {"viewer"}),
}


class TodoPolicy(TestedPolicy):
    """By roles, and by the owner that the request names."""

    name: ClassVar = "todo"
    subject_ids: ClassVar = tuple(PEOPLE)
    action_names: ClassVar = ("can_create_todo", "can_delete_todo", "can_read_todos", "can_update_todo")

    def is_allowed(self, inquiry: Inquiry) -> bool:
        email, roles = PEOPLE.get(inquiry.subject.id, ("", set()))
        is_own = "editor" in roles and inquiry.resource.properties.get("ownerID") == email
        rules = {
            "can_read_todos": bool(email),
            "can_create_todo": bool(roles & {"admin", "editor"}),
            "can_update_todo": "evil_genius" in roles or is_own,
            "can_delete_todo": "admin" in roles or is_own,
        }
        return rules.get(inquiry.action, False)


class PersonPolicy(TestedPolicy):
    """Everybody may look at everybody."""

    name: ClassVar = "user"
    subject_ids: ClassVar = tuple(PEOPLE)
    action_names: ClassVar = ("can_read_user",)

    def is_allowed(self, inquiry: Inquiry) -> bool:
        return inquiry.subject.id in PEOPLE and inquiry.action == "can_read_user"
