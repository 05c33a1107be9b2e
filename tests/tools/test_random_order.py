from pathlib import Path

import random_order

REPORT = """<testsuites><testsuite>
<testcase classname="tests.a" name="one"/>
<testcase classname="tests.a" name="two"><skipped/></testcase>
<testcase classname="tests.b" name="three[x]"><failure/></testcase>
<testcase classname="tests.b" name="four"><error/></testcase>
</testsuite></testsuites>"""


def test_what_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "tests.xml").write_text(REPORT, "utf-8")
    found = random_order.read_report(tmp_path / "tests.xml")
    assert found == random_order.OrderResult(1, 1, ["tests.b::three[x]", "tests.b::four"])
