"""Who has no role is counted under the role they are asked for: what changes of it makes that role stale."""

from django.db import migrations

MADE = """
CREATE OR REPLACE FUNCTION portfolio_stale_asked(allocation projects_allocation) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF allocation.person_id IS NOT NULL THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', allocation.person_id);
        IF NOT EXISTS (SELECT FROM projects_person WHERE id = allocation.person_id AND role_id IS NOT NULL) THEN
            INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity:role', allocation.role_id);
        END IF;
    ELSE
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity:role', allocation.role_id), ('capacity:unit', coalesce(allocation.unit_id, 0)),
            ('capacity:source', 0), ('capacity:source', 1);
        IF allocation.skill_id IS NOT NULL THEN
            INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity:skill', allocation.skill_id);
        END IF;
    END IF;
END $$;

CREATE FUNCTION portfolio_stale_asked_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO portfolio_stale (kind, subject)
        SELECT DISTINCT 'capacity:role', role_id FROM projects_allocation WHERE person_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER projects_person_stale_asked_roles AFTER UPDATE OF role_id ON projects_person FOR EACH ROW
    WHEN ((OLD.role_id IS NULL) <> (NEW.role_id IS NULL)) EXECUTE FUNCTION portfolio_stale_asked_roles();

INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0);
"""
DROPPED = """
DROP TRIGGER projects_person_stale_asked_roles ON projects_person;
DROP FUNCTION portfolio_stale_asked_roles();

CREATE OR REPLACE FUNCTION portfolio_stale_asked(allocation projects_allocation) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF allocation.person_id IS NOT NULL THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', allocation.person_id);
    ELSE
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity:role', allocation.role_id), ('capacity:unit', coalesce(allocation.unit_id, 0)),
            ('capacity:source', 0), ('capacity:source', 1);
        IF allocation.skill_id IS NOT NULL THEN
            INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity:skill', allocation.skill_id);
        END IF;
    END IF;
END $$;

INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0);
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0005_levellings")]
    operations = [migrations.RunSQL(MADE, DROPPED)]
