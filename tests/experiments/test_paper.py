"""The paper's printed numbers, as they are listed."""

import re
from collections import Counter

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.experiments import paper
from liaf_ref.experiments.paper import TABLES, PrintedNumber

PRINTED = list(paper.printed_numbers())
KINDS = {"setting", "measured", "cited", "count", "derived"}
# Rows times columns, less the places that are empty.
CELLS = {
    "I": 5 * 3,
    "II": 5 * 3,
    "III": 20 * 5 + 7 + 5 + 2,  # tasks, in brackets, averages
    "IV": 5 * 4,
    "V": 2 * 5,
    "VI": 10 * 2 - 6,
    "VII": 5 * 5,
    "VIII": 5,
    "IX": 3 * 5,
    "X": 8,
}


def test_every_cell_of_every_table_is_listed_once() -> None:
    found = Counter(p.table for p in PRINTED)
    del found["text"]
    assert found == CELLS
    assert set(CELLS) | {"text"} == set(TABLES)
    assert {p.location for p in PRINTED if p.table != "text"} == {f"Table {name}" for name in CELLS}


def test_no_number_is_listed_twice() -> None:
    assert not [p for p, n in Counter((p.location, p.quantity) for p in PRINTED).items() if n > 1]


def test_every_number_has_a_place_a_kind_and_a_value() -> None:
    assert {p.kind for p in PRINTED} == KINDS
    place = re.compile(
        r"(I|IV|V|VI-A|VI-[BC][1-5]|II-D), paragraph \d"
        r"|Table (I|V|X)+(, (note|title))?|Fig. 9, caption"
    )
    assert not [p for p in PRINTED if not place.fullmatch(p.location)]
    assert all(p.quantity and p.value for p in PRINTED)


def test_what_is_derived_is_recomputed() -> None:
    assert not [p for p in PRINTED if p.kind == "derived" and not p.recomputation]
    assert not [p for p in PRINTED if p.kind == "cited" and p.recomputation]


def test_decimals_are_kept_as_printed() -> None:
    values = {(p.table, *p.inputs): p.value for p in PRINTED if p.table != "text"}
    assert values["VI", "liaf", "CIFAR10-DVS"] == "70.40"
    assert values["III", "gru", "QA1"] == "49.0"
    assert values["VII", "convlstm", "training accuracy"] == "100"
    assert ("VI", "Zhao et al. 2014", "CIFAR10-DVS") not in values


def test_a_remark_belongs_to_its_cell() -> None:
    remarked = [(p.table, *p.inputs) for p in PRINTED if p.note and p.table != "text"]
    assert remarked == [("I", "gru", "ADDs")]


def test_a_table_is_its_title_and_its_rows() -> None:
    assert list(paper.table("table09")) == ["title", "liaf", "lif", "convlstm"]
    assert paper.table("table09")["lif"] == ["1.3e7", "6.8e9", "2.2e5", "2.3e5"]
    assert paper.table_rows("table03")["rnn"][19] == 93.4
    assert "title" not in paper.table_rows("table03")


@pytest.mark.parametrize("name", ["table11", "text", ""])
def test_another_table_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"table of the paper: expected one of table03, "):
        paper.table(name)


def test_the_text_has_its_numbers_in_their_order() -> None:
    texts = [p for p in PRINTED if p.table == "text"]
    assert all(isinstance(p, PrintedNumber) for p in texts)
    assert texts[0].location == "I, paragraph 5"
    assert (texts[-1].quantity, texts[-1].value) == ("fewer weights than ConvLSTM, %", "90.0")
