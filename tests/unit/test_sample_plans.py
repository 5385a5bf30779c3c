"""The sample's plans: their groups are there on their days, their numbers can be, the holidays are those of the law."""

from __future__ import annotations

import datetime as dt

import pytest

from deploy.sample import place
from deploy.sample.plans import HUNG_KINGS, TET, campaigns, holidays

TODAY = dt.date(2026, 3, 15)


def test_a_campaign_is_of_the_wards_and_groups_of_its_days():
    march, now = campaigns(TODAY)

    assert march.wards == ("11683", "11686", "11689", "11692", "11707", "11740")
    assert {one.group for one in march.targets} == {group.area_id for group in place.SAMPLE.groups if group.valid_to}
    assert {one.group for one in now.targets} == {group.area_id for group in place.SAMPLE.groups if not group.valid_to}
    assert now.starts_on < TODAY < now.ends_on


def test_the_numbers_of_people_can_be():
    for campaign in campaigns(TODAY):
        for one in campaign.targets:
            assert 0 < one.already_done < one.eligible - one.excluded < one.eligible


def test_the_holidays_of_2026_are_eleven_days_by_the_labour_code():
    assert [day.strftime("%d/%m") for day in holidays(2026)] == [
        "01/01", "16/02", "17/02", "18/02", "19/02", "20/02", "26/04", "30/04", "01/05", "01/09", "02/09",
    ]  # fmt: skip


@pytest.mark.parametrize("year", sorted(TET))
def test_the_hung_kings_day_is_two_or_three_months_after_the_new_year(year: int):
    months_apart = (dt.date(year, *HUNG_KINGS[year]) - dt.date(year, *TET[year])).days

    assert 68 <= months_apart <= 69 or 97 <= months_apart <= 99  # with a leap month between them
    assert len(holidays(year)) == 11


def test_a_year_whose_lunar_days_are_not_known_has_the_others():
    assert len(holidays(2050)) == 5
