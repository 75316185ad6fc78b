"""Moments that sort as text and show their seconds: in the admin, order is what is looked for."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
