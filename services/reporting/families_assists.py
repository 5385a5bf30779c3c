"""The families of assists and of those who were helped: F1 to F6, F12 to F14, F70.

Step 9 of the event path (docs/architecture.md).
"""

from services.reporting import queries_assists
from services.reporting.families import PERIODS, Family, Measure, Question, Row, summed
from shared.database import Connection

WIDE = (*PERIODS, "area", "service", "pillar", "outcome", "age_band")
PLACED = ("channel", "venue", "team")
ASSISTS = Measure(name="assists", says="F1, assists: single and from paper", example=61)
SINGLE = Measure(name="single", says="recorded one by one", example=44)
PAPER = Measure(name="paper", says="from paper", example=17)
COMPLETED = Measure(name="completed", says="F2, completed", example=53)
SUCCESS = Measure(name="success_rate", says="F3, percent, one decimal half up; null over 0", example=86.9)


def _assists_in_all(_family: Family, connection: Connection, question: Question) -> Row:
    (row,) = queries_assists.assists(connection, question.whole.asked)
    return row


FAMILIES = (
    Family(
        name="tallies",
        file="luot-ho-tro",
        title="Assists (F1 to F3), single and from paper",
        says="By channel, paper is null; by venue and team it is counted where its book is of a session.",
        rows=lambda connection, question: queries_assists.assists(connection, question.asked),
        groups=(*WIDE, "source", *PLACED),
        filters=("service", "pillar", "outcome", "age_band", "source", *PLACED),
        measures=(ASSISTS, SINGLE, PAPER, COMPLETED, SUCCESS),
        is_in_services=True,
    ),
    Family(
        name="credited",
        file="nguoi-duoc-ho-tro",
        title="Residents credited (F4), each once for each service",
        says="Of the services that count a person once. Areas are those where residents live. Additive.",
        rows=lambda connection, question: queries_assists.credited(connection, question.asked),
        groups=(*PERIODS, "area", "service", "pillar", "age_band"),
        filters=("service", "pillar", "age_band"),
        measures=(
            Measure(name="credited", says="F4: keyed + unkeyed + paper", example=41),
            Measure(name="keyed", says="known by a token", example=30),
            Measure(name="unkeyed", says="completed assists without a token", example=4),
            PAPER,
        ),
        is_in_services=True,
    ),
    Family(
        name="residents",
        file="so-nguoi-khac-nhau",
        title="Distinct residents (F5)",
        says="Different tokens in each row, whatever the outcome; rows do not add up.",
        rows=lambda connection, question: queries_assists.distinct_residents(connection, question.asked),
        groups=(*WIDE, "venue", "team"),
        filters=("service", "pillar", "outcome", "age_band", "venue", "team"),
        measures=(
            Measure(name="distinct", says="F5: different residents, by their tokens", example=38),
            Measure(name="without_token", says="assists without a token, not among them", example=6),
        ),
        is_in_services=True,
    ),
    Family(
        name="stalls",
        file="ho-kinh-doanh",
        title="Stalls brought to cashless payment (F6)",
        says="Areas are those of the stalls. By venue the shares are of the stalls that the registry declares for it; "
        "one over 100 percent is not cut off, and flagged by is_over.",
        rows=lambda connection, question: queries_assists.stalls(connection, question.asked),
        groups=(*PERIODS, "area", "venue", "team"),
        filters=("venue", "team"),
        measures=(
            Measure(name="qr", says="stalls with a QR code", example=21),
            Measure(name="paid", says="stalls with a first payment", example=9),
            Measure(name="activity", says="paid / qr, percent; null over 0", example=42.9),
            Measure(name="paid_without_qr", says="stalls with a payment and no QR record, counted in paid"),
            *(
                Measure(name=f"{what}_{how}", says=f"{what}: {said}", column="")
                for what in ("qr", "paid")
                for how, said in (("keyed", "by code"), ("unkeyed", "without a code"), ("paper", "from paper"))
            ),
            Measure(name="stalls", says="stalls of the venue; null where unknown", example=30, only_by="venue"),
            Measure(name="qr_share", says="qr / stalls, percent", example=70.0, only_by="venue"),
            Measure(name="paid_share", says="paid / stalls, percent", example=30.0, only_by="venue"),
            Measure(name="is_over", says="a share is over 100 percent", example=False, only_by="venue"),
        ),
    ),
    Family(
        name="young-help",
        file="nguoi-tre-giup",
        title="The young helping the old and children (F12)",
        says="A helper of 16 to 30, a resident of 60 and more or under 16. Paper does not tell of helpers.",
        rows=lambda connection, question: queries_assists.young_help(connection, question.asked),
        groups=(*WIDE, *PLACED),
        filters=("service", "pillar", "outcome", "age_band", *PLACED),
        measures=(Measure(name="assists", says="F12", example=12),),
        is_in_services=True,
    ),
    Family(
        name="reasons",
        file="ly-do",
        title="Reasons of what was not completed (F13)",
        says="Of assists that failed or are to return. Paper does not tell of reasons. Every row has its reason.",
        rows=lambda connection, question: queries_assists.reasons(connection, question.asked),
        groups=(*WIDE, *PLACED, "reason"),
        filters=("service", "pillar", "outcome", "age_band", "reason", *PLACED),
        measures=(Measure(name="assists", says="F13", example=3),),
        totals=summed,
        always_by=("reason",),
        is_in_services=True,
    ),
    Family(
        name="pillars",
        file="tru-cot-5c",
        title="Assists by 5C pillar (F14)",
        says="An assist counts in each pillar of its service, so rows do not add up to the totals.",
        rows=lambda connection, question: queries_assists.by_pillar(connection, question.asked),
        groups=(*WIDE, "source", *PLACED),
        filters=("service", "pillar", "outcome", "age_band", "source", *PLACED),
        measures=(ASSISTS, SINGLE, PAPER, COMPLETED, SUCCESS),
        totals=_assists_in_all,
        always_by=("pillar",),
        is_in_services=True,
    ),
    Family(
        name="quality",
        file="chat-luong-so-lieu",
        title="Quality of the figures (F70)",
        says="Shares of paper are of all assists, the others of single ones. By client paper is not told.",
        rows=lambda connection, question: queries_assists.quality(connection, question.asked),
        groups=(*PERIODS, "area", "client"),
        filters=("client",),
        measures=(
            SINGLE,
            PAPER,
            Measure(name="from_paper_share", says="paper / (single + paper), percent", example=27.9),
            *(
                measure
                for name, says in (
                    ("without_token", "without a resident's token"),
                    ("unverified", "that name something not known here"),
                    ("clock_suspect", "whose clock is doubted"),
                    ("apportioned", "placed in the main successor of a divided area"),
                )
                for measure in (
                    Measure(name=name, says=f"single assists {says}", example=6),
                    Measure(name=f"{name}_share", says=f"percent of single assists {says}", example=13.6),
                )
            ),
        ),
    ),
)
