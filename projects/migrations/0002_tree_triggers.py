"""The database keeps the tree: paths, the portfolio of each project, the first baseline, versions; loops are refused.

Moves of containers are serialised by one advisory lock taken before any row is locked, so two of them never deadlock.
Inserting below a container locks its row FOR SHARE: a concurrent move either waits, or its propagation sees the new row.
"""

from typing import ClassVar

from django.db import migrations

from pmo_portal.core.versioning import version_trigger

FUNCTIONS = """
CREATE FUNCTION projects_portfolio_of(below text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT id FROM projects_node
    WHERE kind = 'portfolio' AND id = ANY (string_to_array(trim(trailing '/' FROM below), '/')::bigint[])
    ORDER BY length(path) DESC LIMIT 1
$$;

CREATE FUNCTION projects_tree_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7201, 1);
    RETURN NULL;
END $$;

CREATE FUNCTION projects_node_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above text := '';
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        SELECT path INTO above FROM projects_node WHERE id = NEW.parent_id FOR SHARE;
        IF TG_OP = 'UPDATE' AND starts_with(above, OLD.path) THEN
            RAISE EXCEPTION 'a container cannot be moved below itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'node_is_not_its_own_ancestor';
        END IF;
    END IF;
    NEW.path := above || NEW.id || '/';
    RETURN NEW;
END $$;

CREATE FUNCTION projects_node_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE projects_node SET path = NEW.path || substr(path, length(OLD.path) + 1)
    WHERE path LIKE OLD.path || '%' AND id <> NEW.id;
    UPDATE projects_project AS project
    SET path = NEW.path || substr(project.path, length(OLD.path) + 1), portfolio_id = projects_portfolio_of(node.path)
    FROM projects_node AS node WHERE node.id = project.node_id AND project.path LIKE OLD.path || '%';
    RETURN NULL;
END $$;

CREATE FUNCTION projects_project_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above text; home text;
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        SELECT path, node_id INTO above, NEW.node_id FROM projects_project WHERE id = NEW.parent_id FOR SHARE;
        IF TG_OP = 'UPDATE' AND starts_with(above, OLD.path) THEN
            RAISE EXCEPTION 'a project cannot be a part of itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'project_is_not_its_own_part';
        END IF;
    END IF;
    SELECT path INTO home FROM projects_node WHERE id = NEW.node_id FOR SHARE;
    NEW.path := coalesce(above, home) || 'p' || NEW.id || '/';
    NEW.portfolio_id := projects_portfolio_of(home);
    RETURN NEW;
END $$;

CREATE FUNCTION projects_project_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE projects_project
    SET path = NEW.path || substr(path, length(OLD.path) + 1), node_id = NEW.node_id, portfolio_id = NEW.portfolio_id
    WHERE path LIKE OLD.path || '%' AND id <> NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION projects_first_baseline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.baseline_end_first := coalesce(
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.baseline_end_first END, NEW.baseline_end_first, NEW.baseline_end);
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER projects_node_lock BEFORE UPDATE OF parent_id ON projects_node
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION projects_tree_lock();
CREATE TRIGGER projects_node_place BEFORE INSERT OR UPDATE OF parent_id, path ON projects_node
    FOR EACH ROW EXECUTE FUNCTION projects_node_place();
CREATE TRIGGER projects_node_moved AFTER UPDATE OF parent_id ON projects_node
    FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION projects_node_moved();
CREATE TRIGGER projects_project_place BEFORE INSERT OR UPDATE OF node_id, parent_id, path, portfolio_id
    ON projects_project FOR EACH ROW EXECUTE FUNCTION projects_project_place();
CREATE TRIGGER projects_project_moved AFTER UPDATE OF node_id, parent_id ON projects_project
    FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION projects_project_moved();
CREATE TRIGGER projects_project_first_baseline BEFORE INSERT OR UPDATE OF baseline_end, baseline_end_first
    ON projects_project FOR EACH ROW EXECUTE FUNCTION projects_first_baseline();
"""

UNDO = """
DROP TRIGGER projects_project_first_baseline ON projects_project;
DROP TRIGGER projects_project_moved ON projects_project;
DROP TRIGGER projects_project_place ON projects_project;
DROP TRIGGER projects_node_moved ON projects_node;
DROP TRIGGER projects_node_place ON projects_node;
DROP TRIGGER projects_node_lock ON projects_node;
DROP FUNCTION projects_first_baseline();
DROP FUNCTION projects_project_moved();
DROP FUNCTION projects_project_place();
DROP FUNCTION projects_node_moved();
DROP FUNCTION projects_node_place();
DROP FUNCTION projects_tree_lock();
DROP FUNCTION projects_portfolio_of(text);
"""

EDITABLE = ["node", "person", "milestone", "budgetline", "risk"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("projects", "0001_initial"), ("core", "0002_version_trigger")]
    operations: ClassVar = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO),
        *[version_trigger(f"projects_{table}") for table in EDITABLE],
        # Every edit of a milestone, budget line or risk moves its project's data date: that is no edit of the project.
        version_trigger("projects_project", ignoring=("data_date", "updated_at")),
    ]
