"""Recomputes version hashes from stored closures alone: SHA-256 of the RFC 8785 JSON. No part of proto is used.

stdin: a JSON list of {"hash": hex, "closure": {...}}. Prints how many agree; exits 1 at the first that does not.
"""
import hashlib
import json
import sys


def number(value):
    """RFC 8785 numbers are ECMAScript's; whole numbers a double cannot hold are texts in proto's closures."""
    if isinstance(value, int):
        return str(value) if abs(value) <= 2**53 else json.dumps(str(value))
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign, n = "-" if value < 0 else "", len(digits)
    if n <= point <= 21:
        return sign + digits + "0" * (point - n)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    return f"{sign}{digits[0]}{'.' + digits[1:] if n > 1 else ''}e{point - 1:+d}"


def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


versions = json.load(sys.stdin)
for version in versions:
    found = hashlib.sha256(canonical(version["closure"]).encode()).hexdigest()
    if found != version["hash"]:
        sys.exit(f"{version['hash']} is {found} here")
print(len(versions))
