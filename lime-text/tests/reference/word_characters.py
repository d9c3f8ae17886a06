"""Which code points Python's \\w matches, as ranges. usage: word_characters.py OUT"""
import json, re, sys, unicodedata


def ranges(member):
    out = []
    for point in range(0x110000):
        if member(chr(point)):
            if out and out[-1][1] == point - 1:
                out[-1][1] = point
            else:
                out.append([point, point])
    return out


word = re.compile(r"\w")
json.dump(
    dict(
        python=sys.version.split()[0],
        unicode=unicodedata.unidata_version,
        word=ranges(lambda c: word.match(c) is not None),
        unassigned=ranges(lambda c: unicodedata.category(c) == "Cn"),
    ),
    open(sys.argv[1], "w"),
    separators=(",", ":"),
)
