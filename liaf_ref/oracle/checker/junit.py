"""A report as JUnit's XML, which every continuous integration reads."""

from xml.etree.ElementTree import Element, SubElement, tostring

from liaf_ref._core.text import replace_invalid_xml_chars
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.verdict import Verdict


def junit_xml(report: Report) -> bytes:
    """Write a report."""
    counts = {
        "tests": len(report.verdicts) + len(report.problems),
        "failures": len(report.failed) + len(report.problems),
        "skipped": len(report.waived) + len(report.declined),
    }
    suite = Element(
        "testsuite",
        {
            "name": replace_invalid_xml_chars(
                f"liaf-ref oracle check {report.backend} {report.dtype}"
            )
        }
        | {key: str(value) for key, value in counts.items()},
    )
    for verdict in report.verdicts:
        _add_testcase(suite, verdict)
    for problem in report.problems:
        case = SubElement(
            suite, "testcase", classname="liaf_ref.oracle", name=replace_invalid_xml_chars(problem)
        )
        SubElement(case, "failure", message=replace_invalid_xml_chars(problem))
    if text := str(report.diagnosis):
        SubElement(suite, "system-out").text = replace_invalid_xml_chars(text)
    return bytes(tostring(suite, encoding="utf-8", xml_declaration=True))


def _add_testcase(suite: Element, verdict: Verdict) -> None:
    group = f"liaf_ref.oracle.{verdict.golden.case.level}"
    case = SubElement(
        suite, "testcase", classname=group, name=replace_invalid_xml_chars(verdict.name)
    )
    if verdict.status == "failed":
        failure = SubElement(case, "failure", message=replace_invalid_xml_chars(verdict.summary()))
        lines = [finding.text for finding in verdict.findings]
        failure.text = replace_invalid_xml_chars("\n".join([*lines, verdict.traceback]))
    elif verdict.status != "passed":
        SubElement(
            case,
            "skipped",
            message=replace_invalid_xml_chars(f"{verdict.status}: {verdict.reason}"),
        )
