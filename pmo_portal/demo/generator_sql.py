"""The statements of the generator, in order. Each makes the rows of projects number `first` to `last` of one table.

Parameters: seed, today, code, base (project id = base + number), first, last, programmes,
managers, per_programme, per_manager.
"""

# ruff: noqa: S608  (the text is made of constants of this module; every value is a parameter)

VERBS = (
    ("Refonte", "Redesign"),
    ("Migration", "Migration"),
    ("Déploiement", "Rollout"),
    ("Modernisation", "Modernisation"),
    ("Mise en conformité", "Compliance"),
    ("Consolidation", "Consolidation"),
    ("Automatisation", "Automation"),
)
OBJECTS = (
    ("du portail client", "of the customer portal"),
    ("de la paie", "of payroll"),
    ("des achats", "of purchasing"),
    ("du référentiel produits", "of the product catalogue"),
    ("de la messagerie", "of e-mail"),
    ("du centre de données", "of the data centre"),
    ("des postes de travail", "of the workstations"),
    ("de la facturation", "of invoicing"),
    ("du suivi de production", "of production tracking"),
    ("des habilitations", "of access rights"),
    ("de la gestion documentaire", "of document management"),
)
MILESTONES = (
    ("Cadrage validé", "Scope approved"),
    ("Besoins validés", "Requirements approved"),
    ("Solution choisie", "Solution chosen"),
    ("Conception validée", "Design approved"),
    ("Réalisation terminée", "Build finished"),
    ("Recette prononcée", "Acceptance signed"),
    ("Mise en service", "Go-live"),
    ("Bilan tenu", "Closing review held"),
)
RISKS = (
    ("Retard du fournisseur", "Supplier late"),
    ("Experts indisponibles", "Experts not available"),
    ("Reprise de données plus longue que prévu", "Data migration longer than planned"),
    ("Adhésion insuffisante des utilisateurs", "Users not on board"),
)


def pick(salt: int, below: str | int, of: str = "n") -> str:
    """SQL for a whole number from 0 to below − 1 that depends on the project's number, the seed and the salt only."""
    return f"(abs(hashint8extended(({of})::bigint, %(seed)s::bigint * 1000 + {salt}) %% ({below}))::int)"


def words(pairs: tuple[tuple[str, str], ...], language: int) -> str:
    """SQL array of the French (0) or English (1) words."""
    return "ARRAY[" + ", ".join("'" + pair[language].replace("'", "''") + "'" for pair in pairs) + "]"


# One row per project with everything that chance decides. `profile`: 0–59 on track, –77 late, –91 very late, –95 without a
# forecast, –99 finished. Durations and slips in days, `elapsed` in months since the start (0–24), `monthly` in currency units.
DRAWN = f"""
    drawn AS (
        SELECT n, %(base)s + n AS id, {pick(1, 100)} AS profile, %(today)s::date - ({pick(2, 690)} + 20) AS start,
            {pick(3, 540)} + 60 AS remaining, {pick(4, 195)} + 5 AS size, {pick(5, 100)} AS candour,
            {pick(6, len(VERBS))} + 1 AS verb, {pick(7, len(OBJECTS))} + 1 AS object, {pick(8, 40)} + 1 AS lot,
            {pick(9, 25)} AS age, {pick(10, 100)} AS overrun_luck
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
    ), dated AS (
        SELECT drawn.*, (%(today)s::date - start) + CASE WHEN profile >= 96 THEN -(remaining / 12) ELSE remaining END AS days
        FROM drawn
    ), slipped AS (
        SELECT dated.*, greatest(days, 5) AS duration, start + greatest(days, 5) AS baseline_end,
            CASE WHEN profile < 60 THEN days * {pick(11, 5)} / 100
                 WHEN profile < 78 THEN days * (6 + {pick(11, 8)}) / 100 + 1
                 WHEN profile < 92 THEN days * (16 + {pick(11, 40)}) / 100 + 1
                 ELSE 0 END AS slip,
            CASE WHEN overrun_luck < 70 THEN {pick(12, 6)} - 3 WHEN overrun_luck < 88 THEN 4 + {pick(12, 6)}
                 ELSE 11 + {pick(12, 20)} END AS overrun,
            least(24, (extract(year FROM age(%(today)s::date, date_trunc('month', start)::date)) * 12
                + extract(month FROM age(%(today)s::date, date_trunc('month', start)::date)))::int) AS elapsed
        FROM dated
    ), projects AS (
        SELECT slipped.*, size * 1000 AS monthly,
        CASE WHEN profile BETWEEN 92 AND 95 THEN NULL ELSE baseline_end + slip END AS finish,
            CASE WHEN profile < 60 OR candour < 8 THEN CASE WHEN candour %% 2 = 0 THEN 'green' ELSE 'amber_green' END
                 WHEN profile < 78 THEN 'amber' WHEN profile < 92 THEN 'red' WHEN profile < 96 THEN '' ELSE 'green' END AS level
        FROM slipped
    )
"""

PROJECTS = f"""
    WITH {DRAWN}
    INSERT INTO projects_project (id, created_at, updated_at, version, code, external_ref, name, name_en, short_name,
        description,
        node_id, portfolio_id, path, state, phase, size, delivery_mode, category, investment_class, must_win,
        confidentiality,
        project_manager_id, tolerance_time, tolerance_cost, start_date, baseline_start, baseline_end, forecast_end,
        actual_end,
        percent_complete, currency, declared, declared_label, declared_on, declared_trend, key_message, data_date)
    SELECT id, now(), now(), 1, %(code)s || '-' || lpad(n::text, 6, '0'), %(code)s || '-' || lpad(n::text, 6, '0'),
        ({words(VERBS, 0)})[verb] || ' ' || ({words(OBJECTS, 0)})[object] || ' – lot ' || lot,
        ({words(VERBS, 1)})[verb] || ' ' || ({words(OBJECTS, 1)})[object] || ' – lot ' || lot, '', '',
        (%(programmes)s::bigint[])[1 + (n - 1) / %(per_programme)s], 0, '',
        CASE WHEN profile >= 96 THEN 'closed' ELSE 'executing' END,
        CASE WHEN profile >= 96 THEN 'Bilan' ELSE 'Réalisation' END,
        (ARRAY['S', 'M', 'L', 'XL'])[1 + size / 50], (ARRAY['predictive', 'agile', 'hybrid'])[1 + lot %% 3], 'SI',
        (ARRAY['run', 'grow', 'transform'])[1 + verb %% 3], lot = 1,
        CASE WHEN lot = 40 THEN 'confidential' ELSE 'public' END,
        (%(managers)s::bigint[])[1 + (n - 1) / %(per_manager)s], 0, 0, start, start, baseline_end, finish,
        CASE WHEN profile >= 96 THEN baseline_end END,
        CASE WHEN profile >= 96 THEN 100 ELSE 100 * (%(today)s::date - start) / (duration + slip) END, 'EUR', level, '',
        CASE WHEN level = '' THEN NULL ELSE %(today)s::date - age END,
        CASE WHEN level = '' THEN '' ELSE (ARRAY['up', 'flat', 'down'])[1 + candour %% 3] END,
        CASE WHEN level = '' THEN '' ELSE 'Avancement conforme au point mensuel du lot ' || lot || '.' END,
        %(today)s::date - age
    FROM projects
"""

STEPS = f"""
    WITH {DRAWN}, steps AS (
        SELECT projects.id, step, profile, start + duration * step / 8 AS baseline,
            start + duration * step / 8 + slip * greatest(step - 4, 0) / 4 AS expected
        FROM projects CROSS JOIN generate_series(1, 8) AS step
    )
    INSERT INTO projects_milestone (created_at, updated_at, version, project_id, code, external_ref, name, name_en,
        is_key, weight,
        position, baseline_date, forecast_date, actual_date)
    SELECT now(), now(), 1, id, 'J' || step, 'J' || step, ({words(MILESTONES, 0)})[step], ({
    words(MILESTONES, 1)
})[step], step = 4, 1,
        step, baseline, expected, CASE WHEN expected <= %(today)s::date OR profile >= 96 THEN expected END
    FROM steps
"""

BUDGET = f"""
    WITH {DRAWN}, months AS (
        SELECT projects.*, month, (date_trunc('month', start) + make_interval(months => month))::date AS first_day,
            (monthly * (4 + least(month, 23 - month)) / 10)::numeric(18, 2) AS planned
        FROM projects CROSS JOIN generate_series(0, 23) AS month
    )
    INSERT INTO projects_budgetline (created_at, updated_at, version, project_id, month, kind, cost_type, category,
        amount, source,
        document_ref)
    SELECT now(), now(), 1, id, first_day, kind, CASE WHEN (n + month) %% 3 = 0 THEN 'opex' ELSE 'capex' END, '',
        line.amount,
        'import', ''
    FROM months CROSS JOIN LATERAL (VALUES
        ('revised', true, planned),
        ('committed', month < elapsed + 2, planned),
        ('actual', month < elapsed, planned),
        ('forecast', month >= elapsed,
            planned + CASE WHEN month = 23 THEN (monthly * 228 / 10 * overrun / 100)::numeric(18, 2) ELSE 0 END)
    ) AS line(kind, wanted, amount)
    WHERE line.wanted
"""

THREATS = f"""
    WITH {DRAWN}, entries AS (
        SELECT projects.*, number, {pick(21, 4, "n * 8 + number")} + 1 AS likelihood, {
    pick(22, 4, "n * 8 + number")
} + 1 AS gravity,
            {pick(23, 10, "n * 8 + number")} AS luck
        FROM projects CROSS JOIN generate_series(1, 4) AS number
    )
    INSERT INTO projects_risk (created_at, updated_at, version, project_id, code, external_ref, title, title_en,
        description, kind,
        status, probability, impact, residual_probability, residual_impact, owner_id, response, response_note,
        last_reviewed_on)
    SELECT now(), now(), 1, id, 'R' || number, 'R' || number, ({words(RISKS, 0)})[number], ({
    words(RISKS, 1)
})[number], '', 'threat',
        CASE WHEN luck < 4 THEN 'closed' ELSE 'active' END, likelihood, gravity, greatest(likelihood - 1, 1), gravity,
        (%(managers)s::bigint[])[1 + (n - 1) / %(per_manager)s], 'reduce', '', %(today)s::date - age
    FROM entries
"""

# Six past states, one a month, each true until the next, the last one until today.
HISTORY = f"""
    WITH {DRAWN}, past AS (
        SELECT projects.*, ago, (%(today)s::date - ago * 30)::timestamptz AS since, slip * (7 - ago) / 8 AS slip_then
        FROM projects CROSS JOIN generate_series(1, 6) AS ago
    ), coloured AS (
        SELECT past.*, CASE WHEN finish IS NULL THEN 'grey' WHEN 100 * slip_then > 15 * duration THEN 'red'
            WHEN 100 * slip_then > 5 * duration THEN 'amber' ELSE 'green' END AS colour
        FROM past
    )
    INSERT INTO reporting_healthpast (project_id, valid_from, valid_to, code, external_ref, name, name_en,
        node_id, portfolio_id,
        path, confidential, counted, state, phase, manager_id, manager_name, key_message, must_win, declared,
        declared_label,
        declared_rag, declared_on, trend, computed, gap, schedule, cost, risk, freshness, reasons, start_date,
        baseline_start,
        baseline_end, forecast_end, slip_days, slip_percent, percent_complete, budget, eac, currency, open_risks, late_milestones,
        next_milestone, data_date)
    SELECT p.id, since, (%(today)s::date - (ago - 1) * 30)::timestamptz, p.code,
        p.external_ref, p.name,
        p.name_en, p.node_id, p.portfolio_id, p.path, p.confidentiality = 'confidential', true, 'executing', p.phase,
        p.project_manager_id, manager.name, '', p.must_win, level, '',
        CASE level WHEN 'green' THEN 'green' WHEN 'amber_green' THEN 'green' WHEN '' THEN 'grey' ELSE level END,
        since::date, p.declared_trend, colour, NULL, colour, 'grey', 'grey', 'green', '[]', p.start_date,
        p.baseline_start,
        p.baseline_end, finish - slip + slip_then, CASE WHEN finish IS NULL THEN NULL ELSE slip_then END,
        CASE WHEN finish IS NULL THEN NULL ELSE round(100.0 * slip_then / duration, 2) END, NULL,
        monthly * 228 / 10, round(monthly * 228 / 10 * (1 + overrun * (7 - ago) / 800.0), 2), 'EUR', 2, 0, '',
        since::date
    FROM coloured JOIN projects_project AS p USING (id) JOIN projects_person AS manager ON manager.id = p.project_manager_id
"""

STATEMENTS = (PROJECTS, STEPS, BUDGET, THREATS, HISTORY)
