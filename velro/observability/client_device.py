"""What kind of device speaks, from its headers: enough to notice a change, not enough to follow a person."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import ua_parser

FINGERPRINT_LENGTH = 32
LONGEST_USER_AGENT = 300
LONGEST_ACCEPT_LANGUAGE = 100
PRIMARY_LANGUAGE = re.compile(r"\s*([A-Za-z]{1,8})")


@dataclass(frozen=True, slots=True)
class DeviceFamilies:
    """Families without versions, so that an update changes nothing. Empty where the header does not tell."""

    browser: str
    system: str
    device: str


@lru_cache(maxsize=4096)
def fingerprint_of(user_agent: str, accept_language: str) -> str:
    """32 hexadecimal digits, the same for the same families and the same first language."""
    # The parser refuses halves of characters.
    families = families_of(user_agent[:LONGEST_USER_AGENT].encode("utf-8", "replace").decode())
    language = PRIMARY_LANGUAGE.match(accept_language[:LONGEST_ACCEPT_LANGUAGE])
    parts = (families.browser, families.system, families.device, language[1].lower() if language else "")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:FINGERPRINT_LENGTH]


def families_of(user_agent: str) -> DeviceFamilies:
    """By the patterns of uap-core. A program that they do not know is named by what stands before its version."""
    found = ua_parser.parse(user_agent)
    return DeviceFamilies(
        browser=found.user_agent.family if found.user_agent else user_agent.partition("/")[0].strip(),
        system=found.os.family if found.os else "",
        device=found.device.family if found.device else "",
    )
