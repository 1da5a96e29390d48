"""Which scenarios a run consists of, and how long they take."""

from bench.outcome import Goal
from bench.scenarios.agent_logs import AgentLogs
from bench.scenarios.agent_rest import AgentRest
from bench.scenarios.base import Scenario
from bench.scenarios.gate import Gate
from bench.scenarios.growth import Growth
from bench.scenarios.handover import Handover
from bench.scenarios.identification import Identification
from bench.scenarios.idle import Idle
from bench.scenarios.media import Media
from bench.scenarios.messages import Messages
from bench.scenarios.people import People
from bench.scenarios.recognition import Recognition
from bench.scenarios.records import Records
from bench.scenarios.repair import Repair
from bench.scenarios.safety import Safety
from bench.scenarios.screening import Screening, ScreeningText
from bench.scenarios.screening_load import ScreeningLoad
from bench.scenarios.search import Search
from bench.scenarios.start import ColdStart, InitialSync
from bench.scenarios.tracking import Tracking

TWO_PERSON_GOALS = (
    Goal("cpu_per_send", 2.5, "floor", ideal=1.5),
    Goal("cpu_per_send", 1 / 20, "synapse", ideal=1 / 40),
    Goal("cpu_per_send", 1.6, "roomkeeper", of="roomkeeper-postgresql"),
)
MILLION = 1_000_000


def full(*, peers: bool, million: bool, events: int = 0) -> list[Scenario]:
    """The published figures. With peers, an open-loop rate that they can follow comes on top.

    `events`: how many tracked events there are, where not as usual.
    """
    sizes = (1_000, 100_000, MILLION) if million else (1_000, 100_000)
    scenarios: list[Scenario] = [
        Messages("two_person", "rooms of two", 40, 2, senders=16, goals=TWO_PERSON_GOALS),
        Messages("room_of_20", "rooms of 20", 5, 20, senders=5),
        Messages("room_of_50", "rooms of 50", 2, 50, senders=2),
        Messages(
            "open_loop", "open loop, 200 sends/s, rooms of two", 40, 2, rate=200, seconds=10, without=("synapse",)
        ),
        ColdStart(),
        InitialSync(fewer={"synapse": 100}),
        Idle(fewer={"synapse": 200}),
        Media(),
        People(),
        Handover(),
        Screening(),
        ScreeningText(),
        ScreeningLoad(),
        Recognition(),
        Gate(),
        Records(10 * MILLION, exported=MILLION) if million else Records(),
        AgentLogs(),
        AgentRest(),
        Safety(),
        Identification(),
        Repair(),
        Tracking(events or (20 * MILLION if million else 1_000_000)),
        Growth(sizes),
        Search(MILLION if million else 100_000),
    ]
    if peers:
        slow = Messages("open_loop_slow", "open loop, 20 sends/s, rooms of two", 20, 2, rate=20, seconds=10)
        scenarios.insert(4, slow)
    return scenarios


def quick() -> list[Scenario]:
    """The same scenarios, short: shows that everything works; the figures are rough."""
    return [
        Messages(
            "two_person", "rooms of two", 8, 2, senders=4, seconds=1, warm_up=0.3, repeats=1, goals=TWO_PERSON_GOALS
        ),
        Messages("room_of_20", "rooms of 20", 1, 20, senders=1, seconds=1, warm_up=0.3, repeats=1),
        Messages("room_of_50", "rooms of 50", 1, 50, senders=1, seconds=1, warm_up=0.3, repeats=1),
        Messages("open_loop", "open loop, 20 sends/s, rooms of two", 8, 2, rate=20, seconds=2, warm_up=0.5, repeats=1),
        ColdStart(repeats=1),
        InitialSync(rooms=20, messages=2, repeats=1),
        Idle(polls=50, seconds=2),
        Media(files=4, repeats=1),
        People(people=1_000, repeats=10),
        Handover(customers=200, rate=20, seconds=2.0, rooms=4),
        Screening(photos=20, users=20, repeats=1),
        ScreeningText(messages=500, repeats=1),
        ScreeningLoad(users=8, rate=20, seconds=4, repeats=1),
        Recognition(photos=2, quick=True),
        Gate(rounds=5),
        Records(
            entries=20_000,
            uploaded=2_000,
            exported=5_000,
            repeats=10,
            rooms=8,
            senders=4,
            seconds=1,
            warm_up=0.3,
            windows=1,
        ),
        AgentLogs(lines=5_000, repeats=1),
        AgentRest(seconds=10),
        Safety(located=20_000, queries=30, near=30, seconds=1),
        Identification(people=5_000, shown=3),
        Repair(faults=4, lies=1),
        Tracking(stored=20_000, seconds=1, flows=20),
        Growth(sizes=(100, 1_000), rooms=4, senders=4, seconds=1, warm_up=0.3, repeats=1),
        Search(messages=5_000, rooms=20, repeats=10),
    ]
