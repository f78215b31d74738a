#!/usr/bin/python3
"""scan.py PID NAME=HEX...: which of these keys the memory of a process has.

Prints a line NAME REGION FORM for each place.  A key is looked for as octets,
with its words of 32 bits turned round, as hashes have them, and as hex, in
either case; and each half of a key of 32 octets alone.
"""
import sys


def forms(key):
    turned = b"".join(key[i:i + 4][::-1] for i in range(0, len(key), 4))
    return {"octets": key, "turned": turned, "hex": key.hex().encode(),
            "HEX": key.hex().upper().encode()}


def parts(name, key):
    yield name, key
    if len(key) == 32:
        yield name + "[0:16]", key[:16]
        yield name + "[16:32]", key[16:]


def regions(pid):
    with open("/proc/%s/maps" % pid) as maps:
        for line in maps:
            fields = line.split()
            low, high = (int(x, 16) for x in fields[0].split("-"))
            name = fields[5] if len(fields) > 5 else "anonymous"
            if fields[1].startswith("rw"):
                yield name.split("/")[-1], low, high


def main():
    wanted = []
    for argument in sys.argv[2:]:
        name, _, key = argument.partition("=")
        for part, octets in parts(name, bytes.fromhex(key)):
            for form, v in forms(octets).items():
                wanted.append((part, form, v))
    with open("/proc/%s/mem" % sys.argv[1], "rb", 0) as memory:
        for region, low, high in regions(sys.argv[1]):
            memory.seek(low)
            try:
                held = memory.read(high - low)
            except OSError:
                continue
            for part, form, v in wanted:
                if v in held:
                    print(part, region, form)


main()
