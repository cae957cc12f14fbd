"""Whether a text looks like an order. Orders are not taken in messages: such a text is marked, never acted on.

It marks too much rather than too little: a mark costs a look, an order that somebody takes for one may cost more. The
list it is held to is in tests/messaging/test_orders.py. Source: CPOE is where orders are given (Joint Commission,
position on texted orders, 2016).
"""

import re

_DO = (
    r"give|start|stop|hold|administer|increase|decrease|reduce|titrate|bolus|infuse|push|repeat|switch|change|"
    r"discontinue|d/c|order|prescribe|commence|restart|resume|double|wean|draw|send|insert|remove|transfuse"
)
_AMOUNT = r"\d+(?:[.,]\d+)?\s*(?:mg|mcg|µg|μg|ug|g|ml|l|units?|iu|mmol|meq|puffs?|tabs?|tablets?|drops|l/min)(?:\b|/)"
_ROUTE = r"iv|im|sc|subcut|po|pr|sl|stat|prn|nebs?|nebuli[sz]ed|orally|intravenous(?:ly)?"
_OFTEN = r"od|bd|bid|tds|tid|qds|qid|q\d+h|hourly|daily|every \d+ ?(?:h|hours?)|once|twice"
_WHAT = (
    r"oxygen|o2|fluids?|saline|antibiotics?|insulin|heparin|potassium|morphine|paracetamol|blood|warfarin|furosemide|"
    r"catheter|infusion|drip|feed|medication|meds|dose|cultures?|x-?ray|ct|ecg|lactate|bloods"
)
# A past or a question tells of an order, and gives none: "gave 500 mg", "was she started on ...?"
_BEFORE = r"(?:^|[.;:,!\n]\s*|\b(?:please|pls|can you|could you|then|and|to)\s+)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_BEFORE}(?:{_DO})\b[^.\n?]{{0,60}}?(?:{_AMOUNT}|\b(?:{_WHAT})\b)",
        rf"(?:^|[.;!\n]\s*)(?:\w+\s+){{1,3}}{_AMOUNT}\s*(?:{_ROUTE}|{_OFTEN})\b",
        r"(?:^|[.;!\n]\s*)(?:npo|nbm|nil by mouth|dnacpr|full code)\b",
    )
)


def looks_like_an_order(text: str) -> bool:
    """Whether the text reads like something to be given, started, stopped or done by order."""
    return any(pattern.search(text.strip()) for pattern in _PATTERNS)
