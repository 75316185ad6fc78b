"""What the bench says of growth: flat is what takes no more than one and a half times as long in a larger world."""

from io import StringIO

from rich.console import Console

from tests.performance.bench.growth_report import (
    DECISION,
    FROM_MEMORY,
    LIST_PAGE,
    MIX,
    Grown,
    chart,
    growth_table,
    report_growth,
)

SIZES = ("10", "100", "1,000")


def grown(section: str, *medians: float, name: str = MIX) -> Grown:
    return Grown(section, name, [[median / 2, median, median * 2] for median in medians])


def said_of(*rows: Grown) -> tuple[int, str]:
    console = Console(file=StringIO(), width=140)
    console.print(growth_table(rows, sizes=SIZES))
    failures = report_growth(console, rows)
    assert isinstance(console.file, StringIO)
    return failures, console.file.getvalue()


def test_a_decision_that_is_flat_passes_whatever_a_list_takes() -> None:
    failures, said = said_of(grown(DECISION, 1, 1.4, 1.2), grown(LIST_PAGE, 1, 9, 99))

    assert failures == 0
    assert "growth: ok" in said
    assert "99.00" in said


def test_a_decision_that_grows_is_named() -> None:
    failures, said = said_of(grown(DECISION, 1, 1, 1), grown(DECISION, 1, 1.6, 1.2, name="outsider"))

    assert failures == 1
    assert "not flat decision, outsider: 1.60 times" in said


def test_one_that_is_faster_in_a_larger_world_is_flat() -> None:
    assert said_of(grown(FROM_MEMORY, 3, 2, 1))[0] == 0


def test_the_plot_holds_the_medians() -> None:
    plot = chart([grown(DECISION, 1, 1.25, 1.5), grown(FROM_MEMORY, 0.04, 0.05, 0.06, name=DECISION)], sizes=SIZES)

    assert 'x-axis "generations" ["10", "100", "1,000"]' in plot
    assert "bar [1.0, 1.25, 1.5]" in plot
    assert "line [0.04, 0.05, 0.06]" in plot
