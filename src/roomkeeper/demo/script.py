"""What was said before the demo starts.

Times are minutes: of a talk, before the start; of a line, after the one before.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from roomkeeper.demo.cast import SALES, SUPPORT

HOUR, DAY = 60, 24 * 60
C, S = "customer", "staff"
"""Who says a line of a session; any other name is a user's."""


class Line(msgspec.Struct, frozen=True):
    """Something that somebody does. What it is about is a line of the same talk, by its number from 0.

    `edits`: that line says `text` now; `reacts`: `text` is the reaction; `thread`: in the thread of that line;
    `replies`: to that line; `file`: a photo or a document, with `text` below it.
    """

    who: str
    text: str
    after: float = 1
    edits: int | None = None
    reacts: int | None = None
    thread: int | None = None
    replies: int | None = None
    file: Literal["", "photo", "document"] = ""


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A session. Without `staff` it is the department's, and waits where nobody has a place.

    `unread`: who has not read the end of it.
    """

    customer: str
    ago: float
    lines: tuple[Line, ...]
    staff: str = ""
    department: str = ""
    topic: str = ""
    is_closed: bool = False
    unread: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A room of several people, the first of whom made it."""

    name: str
    topic: str
    members: tuple[str, ...]
    ago: float
    lines: tuple[Line, ...] = ()
    alias: str = ""
    invited: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    is_direct: bool = False


SESSIONS = (
    Talk(
        customer="customer12",
        staff="desk3",
        topic="A lamp that came damaged",
        ago=3 * HOUR,
        lines=(
            Line(C, "Hello! The lamp of order 4711 came today, and the box has a dented corner."),
            Line(C, "This is how it came", 2, file="photo"),
            Line(S, "Hello. I am sorry about that. Is the lamp itself all right?", 3),
            Line(C, "The shade has a scratch, yes.", 4),
            Line(S, "Then we sent you a new one today, and you need not send the old one back.", 5),
            Line(S, "Then we send you a new one today, and you need not send the old one back.", 0.2, edits=4),
            Line(C, "🎉", 1, reacts=4),
            Line("supervisor", "Please note it in the list of damaged deliveries.", 2, thread=1),
            Line(S, "Done. It is the third one with this carrier this month.", 4, thread=1),
            Line(C, "That is very kind. May I have the invoice again?", 20),
            Line(S, "Of course, here it is.", 2, replies=9),
            Line(S, "invoice-4711.pdf", 0.2, file="document"),
            Line(C, "Thank you! One more thing: can it be delivered to the office on Thursday?", 118),
        ),
    ),
    Talk(
        customer="customer4",
        staff="desk3",
        topic="Delivery",
        ago=50,
        unread=("desk3",),
        lines=(
            Line(C, "Hello, is my delivery on its way?"),
            Line(S, "Hello. It has left the warehouse, and should be with you within the hour.", 3),
            Line(C, "Perfect, then I stay at home until then.", 2),
            Line(S, "👍", 1, reacts=2),
            Line(C, "It is here already. But the assembly instructions are missing, could you send them to me?", 30),
        ),
    ),
    Talk(
        customer="customer8",
        staff="desk3",
        topic="到货时间",
        ago=DAY + 2 * HOUR,
        lines=(
            Line(C, "您好，请问胡桃木的落地灯什么时候有货？"),
            Line(S, "您好！预计下周二到货。需要为您预留一盏吗？", 4),
            Line(C, "好的，请帮我留一盏。", 2),
            Line(S, "已经为您预留，订单号是 4725。到货后我们会马上通知您。", 3),
            Line(C, "太好了，谢谢！", 1),
            Line(S, "❤️", 1, reacts=4),
        ),
    ),
    Talk(
        customer="customer7",
        staff="desk3",
        topic="A large order",
        ago=2 * HOUR,
        unread=("desk3",),
        lines=(
            Line(C, "We would like to order forty desk lamps for our offices. Is there a discount?"),
            Line(S, "From twenty on there is one of 12 %. Shall I write an offer?", 6),
            Line(C, "Yes please, with delivery to two addresses.", 9),
            Line(C, "And we need them by the 15th, is that possible?", 55),
        ),
    ),
    Talk(
        customer="customer1",
        staff="desk3",
        topic="Opening hours",
        ago=2 * DAY,
        is_closed=True,
        lines=(
            Line(C, "Are you open on Saturday?"),
            Line(S, "Yes, from 9 to 16.", 2),
            Line(C, "Thank you, that was all.", 1),
        ),
    ),
    Talk(
        customer="customer2",
        staff="desk1",
        topic="Colours",
        ago=70,
        lines=(
            Line(C, "Does the shade come in green as well?"),
            Line(S, "It does: moss and bottle green. I send you both samples by post if you like.", 4),
            Line(C, "That would be lovely.", 3),
        ),
    ),
    Talk(
        customer="customer3",
        staff="desk1",
        topic="An address",
        ago=5 * HOUR,
        lines=(
            Line(C, "I have moved. Can order 4698 still go to the new address?"),
            Line(S, "It can until this evening. Please tell me the address.", 2),
            Line(C, "12 Harbour Road, second floor.", 3),
            Line(S, "Changed. You get a confirmation by e-mail.", 4),
        ),
    ),
    Talk(
        customer="customer13",
        staff="desk1",
        topic="A voucher",
        ago=DAY + 5 * HOUR,
        is_closed=True,
        lines=(
            Line(C, "My voucher is not taken by the shop."),
            Line(S, "It is valid from tomorrow on. I have taken the amount off by hand.", 5),
            Line(C, "Thanks, solved!", 2),
        ),
    ),
    Talk(
        customer="customer6",
        staff="desk2",
        topic="Furnishing a café",
        ago=2 * DAY + 3 * HOUR,
        lines=(
            Line(C, "We open a café in spring and need about thirty lamps. Who can advise us?"),
            Line(S, "Gladly I do. I send you two lamps to look at first.", 12),
            Line(C, "The lamps came today. One of the boxes looks like this", 4 * HOUR, file="photo"),
            Line(S, "I am sorry! If the lamp in it has a scratch, you get another one.", 5),
            Line(C, "It is all right, and looks lovely. Could you write an offer for thirty?", 12),
        ),
    ),
    Talk(
        customer="customer6",
        staff="help2",
        topic="A dimmer",
        ago=3 * DAY - 2 * HOUR,
        is_closed=True,
        lines=(
            Line(C, "Which dimmer goes with the spotlights that I have ordered?"),
            Line(S, "Any for LED from 3 W on. Ours is the one in your basket.", 5),
            Line(C, "Good, then I keep it.", 3),
        ),
    ),
    Talk(
        customer="customer5",
        staff="desk4",
        topic="发票抬头",
        ago=95,
        lines=(
            Line(C, "您好，发票抬头可以改成公司名称吗？"),
            Line(S, "可以的。请把公司全称和税号发给我。", 2),
            Line(C, "好的，我稍后发给您。", 3),
        ),
    ),
    Talk(
        customer="customer16",
        staff="desk4",
        topic="退货",
        ago=DAY + HOUR,
        is_closed=True,
        lines=(
            Line(C, "灯的颜色和图片不太一样，可以退吗？"),
            Line(S, "可以，十四天内都能退货。退货标签已经发到您的邮箱。", 3),
            Line(C, "收到了，非常感谢。", 4),
        ),
    ),
    Talk(
        customer="customer9",
        staff="help1",
        topic="The app",
        ago=40,
        lines=(
            Line(C, "The app does not find my lamp any more since the update."),
            Line(S, "Please switch the lamp off and on five times: then it can be found anew.", 3),
            Line(C, "One moment, I try.", 1),
        ),
    ),
    Talk(
        customer="customer10",
        staff="help1",
        topic="A bulb",
        ago=4 * HOUR,
        lines=(
            Line(C, "Which bulb fits the reading lamp?"),
            Line(S, "E14, 6 W at most.", 2),
        ),
    ),
    Talk(
        customer="customer22",
        staff="help1",
        topic="A password",
        ago=DAY + 4 * HOUR,
        is_closed=True,
        lines=(
            Line(C, "I cannot sign in to the shop."),
            Line(S, "I have sent you a link to choose a new password.", 4),
        ),
    ),
    Talk(
        customer="customer11",
        staff="help2",
        topic="遥控器",
        ago=33,
        lines=(
            Line(C, "遥控器没有反应，电池是新的。"),
            Line(S, "请同时按住“开”和“定时”三秒钟，指示灯会闪一下。", 3),
            Line(C, "闪了！我再试试。", 2),
        ),
    ),
    Talk(
        customer="customer15",
        staff="help2",
        topic="Flickering",
        ago=6 * HOUR,
        lines=(
            Line(C, "The lamp in the hall flickers in the evening."),
            Line(S, "Is there a dimmer in that circuit?", 3),
            Line(C, "There is. Is that the reason?", 2),
        ),
    ),
    Talk(
        customer="customer14",
        staff="help3",
        topic="保修",
        ago=80,
        lines=(
            Line(C, "请问保修期是多久？"),
            Line(S, "两年，从收货那天算起。", 2),
            Line(C, "明白了，谢谢。", 1),
        ),
    ),
    Talk(
        customer="customer17",
        staff="help4",
        topic="A spare part",
        ago=HOUR,
        lines=(
            Line(C, "Can I buy the glass of the lantern alone?"),
            Line(S, "You can. I put it into your basket: 9.50 with delivery.", 6),
        ),
    ),
    Talk(
        customer="customer18",
        department=SUPPORT,
        topic="A switch",
        ago=24,
        lines=(Line(C, "The switch at the cord got warm. Is that dangerous?"),),
    ),
    Talk(
        customer="customer19",
        department=SUPPORT,
        topic="安装",
        ago=15,
        lines=(Line(C, "安装说明书只有英文版，请问有中文版吗？"),),
    ),
    Talk(
        customer="customer20",
        department=SUPPORT,
        topic="A refund",
        ago=6,
        lines=(Line(C, "When will I get the money back for order 4650?"),),
    ),
)

GROUPS = (
    Group(
        name="Announcements",
        topic="What is new at Example organisation",
        alias="announcements",
        members=(
            "example",
            "supervisor",
            "desk1",
            "desk3",
            "desk4",
            "help1",
            "help2",
            "help3",
            "customer12",
            "customer6",
        ),
        ago=2 * DAY + 4 * HOUR,
        unread=("desk3", "customer12", "customer6"),
        lines=(
            Line("example", "The new lamps of walnut are in the shop from Monday on. 胡桃木新款周一上架。"),
            Line("help3", "🎉", 30, reacts=0),
            Line("desk1", "🎉", 30, reacts=0),
            Line(
                "example", "On Friday the warehouse closes at 15:00: what is ordered later leaves on Monday.", 2 * DAY
            ),
        ),
    ),
    Group(
        name="Light at home",
        topic="Customers show their rooms, and help each other",
        alias="light-at-home",
        members=("help1", "customer12", "customer4", "customer8", "customer3", "customer24", "customer6"),
        ago=DAY + 6 * HOUR,
        lines=(
            Line("help1", "Welcome! Show us your lamps, and ask whatever you like."),
            Line("customer4", "How high should a lamp hang above a table?", 40),
            Line("customer12", "Ours hangs 60 cm above it, that works well for reading.", 12, replies=1),
            Line("customer8", "我家也是 60 厘米，吃饭时不刺眼。", 25),
            Line("customer24", "Buy cheap copies at my shop instead, half the price!!!", 600),
        ),
    ),
    Group(
        name="Sales team",
        topic="Everything that concerns sales",
        members=("supervisor", "desk1", "desk3", "desk4", "desk5"),
        ago=DAY + 8 * HOUR,
        unread=("desk3",),
        lines=(
            Line("supervisor", "Hello everybody. Who can take the online shop this week?"),
            Line("desk3", "I can, from today on.", 4),
            Line("supervisor", "Thank you!", 2, replies=1),
            Line("desk4", "下周我可以接。I can take next week.", 15),
            Line("desk1", "The carrier has lost two parcels again, I have asked for a list.", DAY),
            Line("supervisor", "Sales desk 3: please tell me how many dented boxes there were this month.", 5 * HOUR),
        ),
    ),
    Group(
        name="Support team",
        topic="Shifts, spare parts, known faults",
        members=("supervisor", "help1", "help2", "help3", "help4", "engineer"),
        ago=DAY + 7 * HOUR,
        lines=(
            Line("help2", "The remote controls of October lose their pairing. Press “on” and “timer” for 3 s."),
            Line("engineer", "Known: fixed in the batch of November.", 22),
            Line("help3", "收到，我会告诉客户。", 3),
        ),
    ),
    Group(
        name="",
        topic="",
        members=("supervisor", "desk3"),
        is_direct=True,
        ago=4 * HOUR,
        lines=(
            Line("supervisor", "Sales desk 2 has left us. Can you take over the café?"),
            Line("desk3", "Yes, as soon as the session is handed on to me.", 7),
            Line("supervisor", "👍", 1, reacts=1),
        ),
    ),
    Group(
        name="Stock take",
        topic="Saturday, from 8 o'clock on",
        members=("supervisor", "help1"),
        invited=("desk3",),
        ago=90,
        lines=(Line("supervisor", "Who helps on Saturday?"),),
    ),
)

CONTACTS = (("desk3", "customer24"), ("desk1", "customer23"), ("help3", "customer21"))
"""Who of the staff is a customer's contact without ever having had a session."""
LEFT_MINUTES = 2 * DAY - 6 * HOUR
"""Before the start: when somebody of the sales departed. Their customer was asked, and has not answered yet."""
REPORTED = ("Light at home", 4, "customer12", "Advertising for another shop")
"""A message that somebody reported: the room, the line, who did, and why."""
ACCOUNT = ("30", "Customer 30")
"""Who has signed in to the web shop: its id of them, and their name."""
ACCOUNT_LINES = (
    Line(C, "Hello, where is order 4702?"),
    Line(S, "Hello. It is being packed, and leaves tomorrow.", 2),
    Line(C, "Great, thank you.", 1),
)
ACCOUNT_AGO = DAY - 3 * HOUR
ROUTES = (("zh", SALES), ("", SUPPORT))
"""Whom customers reach who name nobody: a language, and the department for it."""
