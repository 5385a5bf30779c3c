"""What happens at a venue: the mix of services, ages, outcomes and reasons, as invented shares.

Every function returns the `data` of one event, complete by the contract of its type. Citizen numbers are
invented: they begin with 099, which is the code of no province.
"""

from __future__ import annotations

from random import Random
from typing import Any

from deploy.cds.simulate.texts import FEEDBACK, THEMES
from deploy.cds.simulate.world import Site, Venue

Mix = dict[str, int]

SERVICES: dict[str, Mix] = {
    "cultural_house": {"vneid_activation": 58, "vneid_registration": 8, "public_service_account": 8,
                       "digital_skills": 9, "app_installation": 6, "online_safety": 6, "health_record": 5},
    "one_stop": {"online_public_service": 55, "public_service_account": 18, "vneid_activation": 14,
                 "cashless_payment": 8, "digital_signature": 5},
    "market": {"cashless_payment": 45, "stall_qr_setup": 30, "stall_first_payment": 25},
    "school": {"digital_skills": 50, "online_safety": 40, "vneid_registration": 10},
    "door": {"vneid_activation": 50, "digital_skills": 14, "online_safety": 12, "health_declaration": 10,
             "app_installation": 9, "vaccination_entry": 5},
    "online": {"public_service_account": 45, "online_public_service": 35, "app_installation": 20},
}  # fmt: skip
SINCE_2025 = {"health_record", "digital_signature"}
STALL_SERVICES = {"stall_qr_setup", "stall_first_payment"}
RECORD_SERVICES = {"sampling_entry", "vaccination_entry", "contact_tracing_entry"}
AGES: dict[str, Mix] = {
    "market": {"31_59": 68, "60_plus": 14, "16_30": 13, "unknown": 5},
    "school": {"14_15": 48, "6_13": 22, "16_30": 30},
    "else": {"60_plus": 45, "31_59": 31, "16_30": 11, "14_15": 5, "6_13": 1, "0_5": 1, "unknown": 6},
}
OUTCOMES: Mix = {"completed": 84, "to_return": 9, "referred": 4, "failed": 3}
REASONS: Mix = {"sim_not_owner": 30, "no_smartphone": 24, "not_approved": 14, "system_error": 12,
                "forgot_password": 9, "biometric_mismatch": 6, "declined": 4, "other": 1}  # fmt: skip
REFERRED_TO: Mix = {"police_ward": 55, "peoples_committee": 25, "telecom": 15, "bank": 5}
CHANNELS = {"door": "door_to_door", "online": "online"}


def draw(rng: Random, mix: Mix) -> str:
    return rng.choices(list(mix), weights=list(mix.values()))[0]


def service_at(rng: Random, kind: str, year: int) -> str:
    mix = SERVICES.get(kind, SERVICES["cultural_house"])
    return draw(rng, {code: share for code, share in mix.items() if year >= 2025 or code not in SINCE_2025})


def assist(rng: Random, site: Site, kind: str, year: int, venue: Venue | None, area: str) -> dict[str, Any]:
    """One assist of the kind of place; the caller adds the session, or the venue when there is none."""
    service = service_at(rng, kind, year)
    outcome = outcome_of(rng, service)
    data: dict[str, Any] = {"area": area, "service": service, "outcome": outcome}
    age = draw(rng, AGES.get(kind, AGES["else"]))
    data |= {"age_band": age} if age != "unknown" or rng.random() < 0.5 else {}
    data |= {"channel": CHANNELS[kind]} if kind in CHANNELS else {}
    data |= demanded(rng, service, outcome, venue)
    if rng.random() < 0.3:
        data["resident_area"] = area_name(rng, site, rng.choice((*site.groups, "")) or None)
    if service not in STALL_SERVICES | RECORD_SERVICES and rng.random() < 0.25:
        data["citizen_number"] = f"099{rng.randrange(4000):05d}{site.ward[-4:]}"
    if site.volunteers and rng.random() < 0.8:
        data["volunteers"] = rng.sample(site.volunteers, min(rng.choice((1, 1, 2)), len(site.volunteers)))
        data["helper_age_band"] = draw(rng, {"16_30": 70, "31_59": 26, "unknown": 4})
    return data


def outcome_of(rng: Random, service: str) -> str:
    """Nobody is asked to come back for a stall's sign or for data entry: the catalogue has no such outcome there."""
    is_final = service in STALL_SERVICES | RECORD_SERVICES
    return draw(rng, {code: share for code, share in OUTCOMES.items() if code != "to_return" or not is_final})


def demanded(rng: Random, service: str, outcome: str, venue: Venue | None) -> dict[str, Any]:
    """The fields that the contract demands, or allows, only with this service or outcome."""
    data: dict[str, Any] = {}
    if outcome in ("failed", "to_return"):
        data["reason"] = draw(rng, REASONS)
    if outcome == "referred":
        data["referred_to"] = draw(rng, REFERRED_TO)
    if service in STALL_SERVICES:
        data["stall"] = (venue or Venue("", "market")).stall(rng)
    if service == "online_public_service":
        data["service_level"] = draw(rng, {"full": 70, "partial": 24, "unknown": 6})
    if service in RECORD_SERVICES:
        data["quantity"] = rng.randint(5, 120)
    return data


def area_name(rng: Random, site: Site, group: str | None) -> str:
    """The same area in one of the ways in which apps write it."""
    if group is None:
        return site.ward
    return group if rng.random() < 0.7 else f"{site.ward}/{group}"


def feedback(rng: Random, area: str, session: str | None) -> dict[str, Any]:
    kind, theme, text = rng.choice(FEEDBACK)
    data = {"area": area, "kind": kind, "theme": theme, "text": text, "age_band": draw(rng, AGES["else"])}
    return data | ({"session": session} if session else {})


def opening(rng: Random, area: str, venue: Venue, year: int, planned_end: str) -> dict[str, Any]:
    known = [code for code in SERVICES.get(venue.kind, {}) if year >= 2025 or code not in SINCE_2025]
    partners = {"one_stop": ["police"], "market": ["bank"], "school": ["school"]}
    return {
        "area": area,
        "kind": draw(rng, {"support": 88, "awareness": 8, "training": 4}),
        "venue": venue.id,
        "services": known[:3],
        "partners": partners.get(venue.kind, ["police"] if rng.random() < 0.5 else []),
        "planned_end": planned_end,
        "theme": THEMES.get(venue.kind, THEMES["cultural_house"]),
    }


def closing(rng: Random, site: Site, area: str, served: int) -> dict[str, Any]:
    present = rng.sample(site.volunteers, min(rng.randint(2, 6), len(site.volunteers)))
    return {
        "area": area,
        "present": present,
        "attendees": served + rng.randint(0, 6),
        "left_waiting": rng.choice((0, 0, 0, 1, 2, 4)),
    }
