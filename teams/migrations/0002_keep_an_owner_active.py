"""A root team keeps an active owner also when somebody closes their account: the table is of accounts, the rule of teams."""

from django.db import migrations

CREATE = """
CREATE FUNCTION teams_keep_an_owner_active() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owned uuid;
BEGIN
    FOR owned IN
        SELECT team.id FROM teams_team AS team JOIN teams_membership AS membership ON membership.team_id = team.id
         WHERE membership.user_id = NEW.id AND membership.role = 4 AND team.parent_id IS NULL
         ORDER BY team.id FOR NO KEY UPDATE OF team
    LOOP
        IF NOT EXISTS (
            SELECT FROM teams_membership AS membership JOIN accounts_user AS person ON person.id = membership.user_id
             WHERE membership.team_id = owned AND membership.role = 4 AND person.status = 'active'
        ) THEN
            RAISE EXCEPTION 'a root team needs an active owner'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'root_team_has_an_owner';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER teams_keep_an_owner_active AFTER UPDATE OF status ON accounts_user
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'deactivated')
    EXECUTE FUNCTION teams_keep_an_owner_active();
"""
DROP = """
DROP TRIGGER teams_keep_an_owner_active ON accounts_user;
DROP FUNCTION teams_keep_an_owner_active();
"""


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
