"""Whatever changes of people or of requests makes pictures stale, whoever writes it: told by the database, in that transaction."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION portfolio_stale_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO portfolio_stale (kind, subject) SELECT DISTINCT 'capacity', person_id FROM gone;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO portfolio_stale (kind, subject) SELECT DISTINCT 'capacity', person_id FROM come;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.role_id, OLD.calendar_id, OLD.is_external, OLD.arrives_on, OLD.leaves_on)
            IS NOT DISTINCT FROM (NEW.role_id, NEW.calendar_id, NEW.is_external, NEW.arrives_on, NEW.leaves_on) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity', OLD.id), ('capacity:role', coalesce(OLD.role_id, 0)), ('capacity:source', OLD.is_external::int);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity', NEW.id), ('capacity:role', coalesce(NEW.role_id, 0)), ('capacity:source', NEW.is_external::int);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity', OLD.person_id), ('capacity:unit', OLD.unit_id), ('capacity:unit', 0);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity', NEW.person_id), ('capacity:unit', NEW.unit_id), ('capacity:unit', 0);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_skill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity:skill', OLD.skill_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity:skill', NEW.skill_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_asked(allocation projects_allocation) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION portfolio_stale_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM portfolio_stale_asked(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM portfolio_stale_asked(NEW);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_months() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one projects_allocation;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        FOR one IN SELECT * FROM projects_allocation WHERE id IN (SELECT allocation_id FROM gone) LOOP
            PERFORM portfolio_stale_asked(one);
        END LOOP;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        FOR one IN SELECT * FROM projects_allocation WHERE id IN (SELECT allocation_id FROM come) LOOP
            PERFORM portfolio_stale_asked(one);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity:role', OLD.role_id), ('capacity:unit', coalesce(OLD.unit_id, 0)),
            ('capacity:source', 0), ('capacity:source', 1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES
            ('capacity:role', NEW.role_id), ('capacity:unit', coalesce(NEW.unit_id, 0)),
            ('capacity:source', 0), ('capacity:source', 1);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_everybody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0);
    RETURN NULL;
END $$;

CREATE FUNCTION portfolio_stale_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.calendar_id, OLD.kind) IS DISTINCT FROM (NEW.calendar_id, NEW.kind) THEN
        INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0);
    END IF;
    RETURN NULL;
END $$;
"""
BY_ROW = {
    "projects_person": "portfolio_stale_person",
    "projects_unitshare": "portfolio_stale_share",
    "projects_personskill": "portfolio_stale_skill",
    "projects_allocation": "portfolio_stale_allocation",
    "projects_pooledcapacity": "portfolio_stale_pool",
}
BY_STATEMENT = {
    "projects_workpattern": "portfolio_stale_people",
    "projects_absence": "portfolio_stale_people",
    "projects_allocationmonth": "portfolio_stale_months",
}
EVERYBODY = ("projects_workingcalendar", "projects_calendarexception")
NAMED = {
    "INSERT": "REFERENCING NEW TABLE AS come",
    "UPDATE": "REFERENCING OLD TABLE AS gone NEW TABLE AS come",
    "DELETE": "REFERENCING OLD TABLE AS gone",
}


def triggers():
    for table, function in BY_ROW.items():
        yield f"{table}_stale", table, f"AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    for table, function in BY_STATEMENT.items():
        for event, named in NAMED.items():
            name = f"{table}_stale_{event.lower()}"
            yield name, table, f"AFTER {event} ON {table} {named} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    for table in EVERYBODY:
        what = "INSERT OR UPDATE OR DELETE" if table.endswith("exception") else "UPDATE OR DELETE"
        what = f"AFTER {what} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION portfolio_stale_everybody()"
        yield f"{table}_stale", table, what
    unit = "AFTER UPDATE ON projects_unit FOR EACH ROW EXECUTE FUNCTION portfolio_stale_unit()"
    yield "projects_unit_stale", "projects_unit", unit


MADE = ";\n".join(f"CREATE TRIGGER {name} {what}" for name, _table, what in triggers())
DROPPED = ";\n".join(f"DROP TRIGGER {name} ON {table}" for name, table, _what in triggers())
NAMES = sorted({*BY_ROW.values(), *BY_STATEMENT.values(), "portfolio_stale_everybody", "portfolio_stale_unit"})
WITHOUT = "; ".join(f"DROP FUNCTION {name}()" for name in NAMES)
BEGIN = """
INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0)
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0001_loads"), ("projects", "0018_allocations")]
    operations = [
        migrations.RunSQL(FUNCTIONS, f"{WITHOUT}; DROP FUNCTION portfolio_stale_asked(projects_allocation)"),
        migrations.RunSQL(MADE, DROPPED),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
