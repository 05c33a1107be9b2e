"""The second reader notices what is wrong with a question."""

import pytest

from liaf_ref.data.babi import TASK_NAMES, generate_text

from .rule_based_solver import (
    SolvableQuestion,
    answer_is_correct,
    parse_questions,
    supports_are_minimal,
)

every_task = pytest.mark.parametrize("task", TASK_NAMES)


def some(task: int) -> list[SolvableQuestion]:
    return parse_questions(generate_text(task, stories=10, seed=8)[0])


@every_task
def test_another_answer_does_not_follow(task: int) -> None:
    found = some(task)
    answers = {item.answer for item in found}
    for item in found:
        for wrong in answers - {item.answer}:
            assert not answer_is_correct(item._replace(answer=wrong))
            assert not supports_are_minimal(item._replace(answer=wrong))


@every_task
def test_a_support_too_few_or_too_many_is_noticed(task: int) -> None:
    for item in some(task):
        assert supports_are_minimal(item)
        for number in item.supports:
            assert not supports_are_minimal(
                item._replace(supports=[n for n in item.supports if n != number])
            )
        for number in set(item.facts) - set(item.supports):
            assert not supports_are_minimal(item._replace(supports=[*item.supports, number]))
        assert not supports_are_minimal(
            item._replace(supports=[*item.supports, max(item.facts) + 1])
        )
