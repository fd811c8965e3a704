"""Writers at the same time: no edit lost, no loop in the tree, removal beside refreshes (security.md exams 73, 77, 80)."""

from tests.faults.harness import Site


def test_no_edit_is_lost(site: Site) -> None:
    (project,) = site.portfolio(1)
    answers = site.ask("parallel", "add_up", 8, project, 25)
    saved = sum(answer["saved"] for answer in answers)
    added, version = site.ask("baseline", project)
    assert saved + sum(answer["stale"] for answer in answers) == 200
    assert added == saved
    assert version == saved + 1
    site.worker()
    site.beat()
    site.converge()


def test_moves_of_containers_never_make_a_loop(site: Site) -> None:
    site.move_about(containers=12, each=25)


def test_deleting_beside_refreshes_leaves_no_trace_in_the_sums(site: Site) -> None:
    ids = site.portfolio(60)
    site.worker()
    site.beat()
    other = site.new_desk()
    other.begin("change", ids[30:], 10)
    for project in ids[:30]:
        site.ask("change", [project], 5)
        site.ask("remove", project)
    other.answer()
    site.converge()
