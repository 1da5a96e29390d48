"""The words of the demo's pages, and what the shop sells."""

from __future__ import annotations

from typing import Any

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Roomkeeper demo",
        "lead": "An organisation at example.org in the middle of its day: two departments, fourteen people who work "
        "there, two dozen customers. They talk while you look.",
        "card /app": ("Chat", "Sessions, rooms, threads, files: for desks and for customers."),
        "card /console": ("Console", "People, queues, sessions: for those who run it."),
        "card /demo/shop": ("Web shop", "A page with the chat widget. You are a visitor; Sales desk 3 answers."),
        "card /demo/account": ("Web shop, signed in", "The shop says with a signed token who you are: Customer 30."),
        "sign in": "Sign in as",
        "password": "The password of everybody is {}.",
        "printed": "The password stands where the demo was started.",
        "others": "All the others have the same password: desk1, help1, moderator, customer4 …",
        "user": "User",
        "who": "Who it is",
        "takes over": "Whoever you sign in as is you from then on; those who talk with you answer what you write. "
        "Two windows, one of them private, show both sides of a conversation.",
        "shop": "Example shop",
        "shop title": "Light that stays",
        "shop lead": "Lamps of walnut, glass and brass, made to be repaired.",
        "signed in": "{name}",
        "not signed in": "Not signed in",
        "to account": "Sign in as a known customer",
        "sign out": "Sign out",
        "note": "This is an ordinary web page. The button in the corner comes from one script tag.",
        "note account": "The page carries a token, signed by the shop, that says who you are: the conversation of "
        "yesterday is there again.",
        "back": "To the demo’s first page",
    },
    "zh": {
        "title": "Roomkeeper 演示",
        "lead": "example.org 的一个普通工作日：两个部门、十四位工作人员、二十四位客户。您看的时候，他们正在交谈。",
        "card /app": ("聊天", "会话、房间、话题、文件：供工作人员和客户使用。"),
        "card /console": ("控制台", "人员、队列、会话：供管理者使用。"),
        "card /demo/shop": ("网上商店", "带有聊天组件的网页。您是访客，由 Sales desk 3 接待。"),
        "card /demo/account": ("网上商店（已登录）", "商店用签名令牌说明您是谁：Customer 30。"),
        "sign in": "登录身份",
        "password": "所有人的密码是 {}。",
        "printed": "密码显示在启动演示的终端里。",
        "others": "其他人的密码也一样：desk1、help1、moderator、customer4……",
        "user": "用户",
        "who": "身份",
        "takes over": "您以谁的身份登录，谁就由您扮演；与您交谈的人会回复您。开两个窗口（其中一个用隐私模式），"
        "即可同时看到对话双方。",
        "shop": "示例商店",
        "shop title": "经久耐用的灯",
        "shop lead": "胡桃木、玻璃与黄铜灯具，可以维修。",
        "signed in": "{name}",
        "not signed in": "未登录",
        "to account": "以老客户身份登录",
        "sign out": "退出",
        "note": "这是一个普通网页。右下角的按钮只需一个 script 标签。",
        "note account": "页面带有商店签名的令牌，说明您是谁，所以昨天的对话还在。",
        "back": "返回演示首页",
    },
}
ROLES = {
    "en": {
        "owner": "Owner: everything there is",
        "supervisor": "Supervisor: sessions and queues of all departments",
        "desk3": "Sales desk 3: answers the online shop",
        "officer": "Safety officer: the event that is under way",
        "customer12": "Customer 12: in a session with Sales desk 3",
    },
    "zh": {
        "owner": "所有者：全部权限",
        "supervisor": "主管：所有部门的会话和队列",
        "desk3": "Sales desk 3：接待网上商店的客户",
        "officer": "安全专员：正在发生的事件",
        "customer12": "Customer 12：正在与 Sales desk 3 交谈",
    },
}
PRODUCTS = (
    (
        '<path d="M60 10v28M38 62a22 24 0 0 1 44 0z"/><path d="M52 66a8 8 0 0 0 16 0"/>',
        {"en": "Pendant lamp", "zh": "吊灯"},
        {"en": "Brass, for above the table", "zh": "黄铜，适合餐桌上方"},
        "89.00",
    ),
    (
        '<path d="M40 30h40l10 30H30z"/><path d="M60 60v46M42 108h36"/>',
        {"en": "Floor lamp", "zh": "落地灯"},
        {"en": "Walnut and linen, 150 cm", "zh": "胡桃木与亚麻，高 150 厘米"},
        "149.00",
    ),
    (
        '<path d="M34 106h44M56 106V74L82 50"/><path d="M70 38l24 24 8-22-10-10z"/>',
        {"en": "Reading lamp", "zh": "阅读灯"},
        {"en": "Turns to where you sit", "zh": "可调节角度"},
        "49.00",
    ),
)
"""What the shop sells: a drawing (SVG), name, description, price."""
