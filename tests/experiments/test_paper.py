"""The paper's printed numbers, as they are listed."""

import re
from collections import Counter

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


def test_every_number_has_a_place_a_kind_and_a_value() -> None:
    assert {p.kind for p in PRINTED} == KINDS
    place = re.compile(
        r"(I|IV|V|VI-A|VI-[BC][1-5]|II-D), paragraph \d"
        r"|Table (I|V|X)+(, (note|title))?|Fig. 9, caption"
    )
    assert not [p for p in PRINTED if not place.fullmatch(p.location)]
    assert all(p.quantity and p.value for p in PRINTED)


def test_a_remark_belongs_to_its_cell() -> None:
    remarked = [(p.table, *p.inputs) for p in PRINTED if p.note and p.table != "text"]
    assert remarked == [("I", "gru", "ADDs")]


def test_the_text_has_its_numbers_in_their_order() -> None:
    texts = [p for p in PRINTED if p.table == "text"]
    assert all(isinstance(p, PrintedNumber) for p in texts)
    assert texts[0].location == "I, paragraph 5"
    assert (texts[-1].quantity, texts[-1].value) == ("fewer weights than ConvLSTM, %", "90.0")
