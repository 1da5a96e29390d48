"""What the people of the demo say while it runs."""

from __future__ import annotations

import re

CHINESE = re.compile(r"[\u4e00-\u9fff]")

TALKS = {
    "en": (
        ("One more question: do you gift-wrap?", "We do, for 2.50. Shall I add it?"),
        ("Yes, please.", "Done. You see it in your basket."),
        ("And does the cord come in black?", "Black, white and red. The red one is my favourite."),
        ("Then I take the red one 🙂", "A good choice! It leaves with the rest today."),
        ("How do I clean the shade?", "With a dry brush. Never with water, the glue does not like it."),
        ("Good to know.", "I also send you the care instructions by e-mail."),
        ("When does the parcel arrive?", "On Thursday, between 10 and 12."),
        ("Can the courier ring twice? The bell is quiet.", "I have noted it for them."),
    ),
    "zh": (
        ("再问一下，可以包装成礼品吗？", "可以的，费用 2.50。需要帮您加上吗？"),
        ("好的，麻烦了。", "已经加好，您可以在购物车里看到。"),
        ("电线有黑色的吗？", "有黑色、白色和红色。"),
        ("那我要红色的。", "好的，今天会和其他商品一起发货。"),
        ("灯罩怎么清洁？", "用干刷子就行，不要用水。"),
        ("大概什么时候能到？", "预计周四上午 10 点到 12 点之间。"),
    ),
}
"""By language: what a customer says, and what is answered."""
OPENINGS = {
    "en": ("The lamp hums when it is dimmed. Is that normal?", "One screw was missing in the box."),
    "zh": ("请问灯泡可以换成亮一点的吗？", "收到的灯少了一颗螺丝。"),
}
"""With what somebody comes who has no session."""
FAREWELLS = {
    "en": "I close this conversation now. Write whenever there is something!",
    "zh": "那我先结束对话，有需要随时联系我们！",
}
STAFF_ANSWERS = {
    "en": (
        "Thank you for writing. One moment, I look it up.",
        "I have found it: everything is on its way as it should be. May I do anything else for you?",
        "Gladly. Write here whenever something is unclear.",
    ),
    "zh": ("感谢您的咨询，请稍等，我查一下。", "查到了，一切正常。还有什么可以帮您？", "不客气，有问题随时联系我们。"),
}
"""What the staff answer to those who are no part of the demo: to you."""
CUSTOMER_ANSWERS = {
    "en": ("Thank you, that helps!", "Good. And when can I expect it?", "All right, then I wait for your message."),
    "zh": ("谢谢，明白了！", "好的，大概什么时候可以收到？", "好的，我等您的消息。"),
}


def language_of(text: str) -> str:
    """Chinese where there is a Chinese character in it, else English."""
    return "zh" if CHINESE.search(text) else "en"
