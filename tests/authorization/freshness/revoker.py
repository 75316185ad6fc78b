"""A process that takes all memberships of somebody away, so that it can be killed meanwhile.

It is started with the address of the database and the id of the person, tells the process id of its PostgreSQL backend,
begins when it is sent a line, and stays connected until its input ends.
"""

import sys

import psycopg


def main(address: str, user: str) -> None:
    """One change and its COMMIT."""
    with psycopg.connect(address) as connection:
        sys.stdout.write(f"{connection.info.backend_pid}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        connection.execute("DELETE FROM teams_membership WHERE user_id = %s", [user])
        connection.commit()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
