"""A project that ends, or goes on after all, and a calendar that is made the usual one make pictures stale as well."""

from django.db import migrations

# When one goes on says projects/resources/selectors/going_on.py.
MADE = """
CREATE FUNCTION portfolio_stale_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one projects_allocation;
BEGIN
    FOR one IN SELECT * FROM projects_allocation WHERE project_id = NEW.id LOOP
        PERFORM portfolio_stale_asked(one);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER projects_project_stale AFTER UPDATE OF state, left_on ON projects_project FOR EACH ROW
    WHEN ((OLD.left_on IS NULL AND OLD.state NOT IN ('closed', 'stopped'))
        IS DISTINCT FROM (NEW.left_on IS NULL AND NEW.state NOT IN ('closed', 'stopped')))
    EXECUTE FUNCTION portfolio_stale_project();

CREATE TRIGGER projects_workingcalendar_stale_usual AFTER INSERT ON projects_workingcalendar FOR EACH ROW
    WHEN (NEW.is_default) EXECUTE FUNCTION portfolio_stale_everybody();

INSERT INTO portfolio_stale (kind, subject) VALUES ('capacity', 0);
"""
DROPPED = """
DROP TRIGGER projects_workingcalendar_stale_usual ON projects_workingcalendar;
DROP TRIGGER projects_project_stale ON projects_project;
DROP FUNCTION portfolio_stale_project();
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0002_stale"), ("projects", "0019_years_of_generic_capacity")]
    operations = [migrations.RunSQL(MADE, DROPPED)]
