"""The headers that views declare, in one wording for all of them."""

from typing import Final

from velro.api.declarations import Header

IDEMPOTENCY_KEY: Final = Header(
    "Idempotency-Key",
    "A key of your own for this request: sent again with the same body within 24 hours, it gets the first answer "
    "again and nothing is done twice.",
    pattern=r"^[\x21-\x7e]{1,255}$",
)
IF_MATCH: Final = Header("If-Match", "The `ETag` you last saw; if it is no longer the current one, nothing is changed.")
REQUIRED_IF_MATCH: Final = Header("If-Match", "Required: the `ETag` you last saw, or `*` for whatever is there now.")
PREFER_WAIT: Final = Header("Prefer", "`wait=30` waits up to 30 seconds for an end state, as `?wait=30` does.")
RANGE: Final = Header("Range", "`bytes=0-1023` asks for a part of the file.")
IF_RANGE: Final = Header("If-Range", "The `ETag` of the file of which a part is wanted; the whole file if it changed.")
IF_NONE_MATCH: Final = Header("If-None-Match", "The `ETag` of the copy you have; 304 if it is still good.")

ETAG: Final = Header("ETag", "The version of the resource, for `If-Match`.")
LOCATION: Final = Header("Location", "Where the new resource is found.")
IDEMPOTENCY_REPLAYED: Final = Header("Idempotency-Replayed", "`true` when this is the answer of an earlier request.")
PREFERENCE_APPLIED: Final = Header("Preference-Applied", "The wait that took place.")
CONTENT_RANGE: Final = Header("Content-Range", "Which part of the file this is.")
CLEAR_SITE_DATA: Final = Header("Clear-Site-Data", "Tells a browser to forget what it kept of this site.")
ACCEPT_RANGES: Final = Header("Accept-Ranges", "`bytes`: parts can be asked for.")

# The value of Clear-Site-Data at the end of a session.
EVERYTHING: Final = '"cache", "cookies", "storage"'
