"""Which mutants are tried, and with what, by tools/mutation."""

from mutation.alone import met_by
from mutation.copied import ROOT, file_of
from mutation.parts import PARTS
from mutation.since import functions

TEXT = """
def f(x):
    return x


class C:
    def g(self):
        return 1
"""


def test_a_mutant_is_found_by_its_function_and_its_file() -> None:
    before, after = functions(TEXT, "a.b"), functions(TEXT.replace("1", "2"), "a.b")
    assert set(before) == {"a.b.x_f", "a.b.xǁCǁg"}
    assert {name for name in before if before[name] != after[name]} == {"a.b.xǁCǁg"}
    assert functions(f"# a comment\n{TEXT}", "a.b") == before
    assert file_of("liaf_ref.kernels.grid.x_padded__mutmut_3") == "liaf_ref/kernels/grid.py"


def test_a_mutant_of_the_oracle_meets_tests_that_are_there() -> None:
    part = PARTS["oracle"]
    assert met_by("liaf_ref.oracle.adapters.jax_layers.x_f__mutmut_1", part).of == "jax"
    assert met_by("liaf_ref.oracle.case.x_f__mutmut_1", part) == part.alone["liaf_ref/oracle/"]
    for met in part.alone.values():
        assert all(list((ROOT / "tests/oracle").glob(file)) for file in met.files)
