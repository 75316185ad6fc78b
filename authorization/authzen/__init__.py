"""Answers the questions of other services in the words of the OpenID AuthZEN Authorization API 1.0, and gateways'.

What is asked about belongs to features and to whoever registered a policy source; nothing here knows any of them.
"""
