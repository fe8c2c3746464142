"""Other values of choices: which are tried, what counts as a failure, and what is said of the others."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field

from workbench import DataError, Feature
from workbench.testing import check_plugin, parametrize_checks, variants
from workbench.testing.check import Case, CheckFailure
from workbench.testing.variants import check_variants


class Choosy(Feature, name="choosy"):
    """The close; a choice may leak, need what is not there, or be refused."""

    device: Literal["auto", "cuda"] = "auto"
    whole: bool | None = None
    window: int = Field(3, ge=1)
    how: Literal["rank", "level", 7] = "level"

    def compute(self, bars):
        if self.device == "cuda":
            raise DataError("there is no graphics card.")
        return bars["close"].rank() if self.how == "rank" else bars["close"]


@pytest.fixture
def case(tmp_path):
    return Case(Choosy(), tmp_path)


def test_every_other_value_of_a_choice_is_a_variant_and_nothing_else():
    found = list(variants.variants(Choosy(whole=True)))

    assert found == [("device", "cuda"), ("whole", False), ("how", "rank"), ("how", 7)]


def test_one_parameter_is_changed_at_a_time(case):
    seen = []
    check_variants(lambda other: seen.append(other.plugin.params), case, 0.0)

    assert seen == [{"device": "cuda"}, {"whole": False}, {"whole": True}, {"how": "rank"}, {"how": 7}]


def test_a_variant_that_fails_somewhere_is_a_failure_and_one_that_cannot_be_checked_is_named(case):
    def run(other):
        if other.plugin.device == "cuda":
            raise CheckFailure("there is no graphics card.")
        if other.plugin.how == 7:
            raise CheckFailure("it looks ahead.", "close", 4)

    with pytest.raises(CheckFailure, match=r"^with how=7: it looks ahead\.$") as failed:
        check_variants(run, case, 0.0)

    assert (failed.value.column, failed.value.first_row) == ("close", 4)
    remark = check_variants(lambda other: run(other) if other.plugin.how != 7 else None, case, 0.0)
    assert remark == (
        'also with whole=false, whole=true, how="rank", how=7; not with device="cuda" (there is no graphics card)'
    )


def test_what_would_take_too_long_or_is_too_much_is_left_out_and_named(case, monkeypatch):
    assert check_variants(lambda other: None, case, 100.0).startswith('not with device="cuda", whole=false')

    monkeypatch.setattr(variants, "N_VARIANTS", 2)
    remark = check_variants(lambda other: None, case, 0.0)
    assert remark == 'also with device="cuda", whole=false; not with whole=true, how="rank", how=7'


def test_a_variant_that_the_plugin_refuses_is_named(tmp_path):
    class Strict(Feature, name="strict"):
        """Takes no."""

        sure: bool = False

        def __init__(self, **params):
            if params.get("sure"):
                raise DataError("not yet.")
            super().__init__(**params)

        def compute(self, bars):
            return bars["close"]

    assert check_variants(lambda other: None, Case(Strict(), tmp_path), 0.0) == "not with sure=true (not yet)"


@pytest.mark.slow
def test_a_leak_behind_a_choice_fails_the_check_of_the_command_and_of_an_authors_test():
    (result,) = check_plugin(Choosy(), ["no_look_ahead"])
    examine = next(
        parameter.values[0]
        for parameter in parametrize_checks(Choosy).args[1]
        if parameter.id == "choosy-no_look_ahead"
    )

    assert result.reason.startswith('with how="rank": ')
    assert isinstance(result.first_row, int)
    with pytest.raises(CheckFailure, match='with how="rank": '):
        examine()


def test_checks_that_no_leak_can_hide_from_are_run_once():
    assert check_plugin(Choosy, ["odd_input"])[0].reason is None


def test_parameters_can_be_changed_first():
    class Needy(Feature, name="needy"):
        """Needs a name that nobody can guess."""

        column: str = Field(pattern="^(open|high)$")

        def compute(self, bars):
            return bars[self.column]

    (refused,) = check_plugin(Needy, ["index_and_dtype"])
    (checked,) = check_plugin(Needy, ["index_and_dtype"], params={"column": "high"})

    assert (refused.check, checked.passed) == ("can_be_made", True)


def test_choices_of_our_own_base_classes_are_left_as_they_are():
    from workbench.torch import TorchForecaster

    class Net(TorchForecaster, name="net"):
        """A network with one choice of its own."""

        deep: bool = False

        def build(self, n_features, horizon):
            raise NotImplementedError

    assert list(variants.variants(Net())) == [("deep", True)]
