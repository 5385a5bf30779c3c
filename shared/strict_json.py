"""Reading JSON that comes from outside, so that no two readers can read it differently.

Guarantee: duplicate keys, NaN and Infinity, numbers out of range, text that is not UTF-8, lone surrogates and
nesting that exhausts the reader are refused with a reason; text is normalised to NFC. Nothing here raises but
`MalformedJson`. It does not know the contract of the value that it reads.
Step 1 of the event path (docs/architecture.md).
"""

import json
import unicodedata
from typing import Any, NoReturn


class MalformedJson(ValueError):
    """The text is not JSON that every reader reads alike; the message says why, without repeating the text."""


def loads(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises:
        MalformedJson: with a sentence for the sender.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"Nội dung không phải UTF-8 (byte {error.start}).") from error
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float)
        return _unescaped(value) if "\\u" in text else value
    except RecursionError as error:
        raise MalformedJson("JSON lồng quá sâu.") from error
    except MalformedJson:
        raise
    except ValueError as error:
        raise MalformedJson(_where(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise MalformedJson("JSON có khóa lặp lại trong cùng một đối tượng (duplicate key).")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"JSON không có giá trị {name}.")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise MalformedJson("JSON có số ngoài phạm vi.")
    return value


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Không đọc được JSON ở dòng {error.lineno}, cột {error.colno}."
    return "JSON có số quá dài."


def _unescaped(value: Any) -> Any:
    """The value with escaped text normalised; refuses lone surrogates."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if isinstance(value, dict):
        return _object([(_text(key), _unescaped(item)) for key, item in value.items()])
    return value


def _text(value: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise MalformedJson("JSON có nửa ký tự Unicode (lone surrogate).")
    return unicodedata.normalize("NFC", value)
