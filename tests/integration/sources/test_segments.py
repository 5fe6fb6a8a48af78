"""A column of a source says which part of the traffic a row is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from integration.sources.shop import DAY, HOUR, KEY, TABLE, drain, recount_profiles, same_profiles

if TYPE_CHECKING:
    from integration.sources.shop import Shop

SECOND = timedelta(seconds=1)  # hardly ever in two buckets


def segments(shop: Shop) -> list[str]:
    [reference] = shop.select("SELECT segments FROM reference_profiles WHERE active")
    return reference["segments"]


def rows_of(shop: Shop) -> dict[str, int]:
    kept = shop.select("SELECT segment, sum(rows)::integer AS rows FROM profile_rollups GROUP BY segment")
    return {row["segment"]: row["rows"] for row in kept}


def test_the_largest_segments_of_the_first_rows_are_counted_apart(shop: Shop) -> None:
    shop.sell(150, ago=5 * HOUR, over=HOUR, country="fr")
    shop.sell(40, ago=4 * HOUR, over=HOUR, country="de")
    shop.sell(10, ago=4 * HOUR, over=HOUR, country="it")
    drain(shop.job())
    assert segments(shop) == ["fr", "de"]
    shop.sell(30, ago=timedelta(minutes=5), country="xx")
    shop.sell(20, ago=timedelta(minutes=5), country=None)
    drain(shop.job())
    assert rows_of(shop) == {"": 250, "fr": 150, "de": 40}
    assert same_profiles(shop, recount_profiles(shop))


def test_any_column_may_say_it(shop: Shop) -> None:
    shop.sell(150, ago=5 * HOUR, over=HOUR, age=30)
    shop.sell(100, ago=5 * HOUR, over=HOUR, age=40)
    drain(shop.job(replace(TABLE, segment="age")))
    assert segments(shop) == ["30", "40"]
    assert rows_of(shop) == {"": 250, "30": 150, "40": 100}


def test_without_the_column_all_rows_are_counted_and_nothing_apart(shop: Shop) -> None:
    shop.sell(250, ago=5 * HOUR, over=2 * HOUR, country="fr")
    drain(shop.job())
    assert rows_of(shop) == {"": 250, "fr": 250}
    shop.sell(30, ago=timedelta(minutes=5), country="fr")
    drain(shop.job(replace(TABLE, segment=None)))
    assert rows_of(shop) == {"": 280, "fr": 250}
    assert shop.profile(key=KEY).rows == 280


def test_without_a_column_there_are_no_segments(shop: Shop) -> None:
    shop.sell(250, ago=5 * HOUR, over=2 * HOUR, country="fr")
    drain(shop.job(replace(TABLE, segment=None)))
    assert segments(shop) == []
    assert rows_of(shop) == {"": 250}


def test_a_settled_bucket_is_replaced_as_a_whole_or_not_at_all(shop: Shop) -> None:
    shop.sell(250, ago=5 * HOUR, over=SECOND, country="fr")
    drain(shop.job(history=DAY))
    shop.owner.execute("UPDATE shop.fraud_scores SET country = 'de' WHERE order_id <= 50")
    shop.sell(3, ago=5 * HOUR, over=SECOND, country="it")
    shop.audit_is_due()
    drain(shop.job())
    assert rows_of(shop) == {"": 253, "fr": 200}
    shop.owner.execute("DELETE FROM shop.fraud_scores WHERE country <> 'fr'")
    shop.sell(1, ago=5 * HOUR, over=SECOND, country="fr")
    shop.audit_is_due()
    drain(shop.job())
    assert rows_of(shop) == {"": 253, "fr": 200}
