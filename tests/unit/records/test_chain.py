"""The chain holds what it is given, and nothing else; a tree's paths lead to its root, and to no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.records import chain

contents = st.lists(st.binary(max_size=50), min_size=1, max_size=20)
hashes = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


def chained(parts: list[bytes]) -> list[chain.Link]:
    """Links over some contents, with their own number as salt."""
    links: list[chain.Link] = []
    for number, content in enumerate(parts, 1):
        salt = number.to_bytes(16, "big")
        prev = links[-1].hash if links else chain.START
        links.append(chain.Link("r", number, prev, "message", 1000 + number, chain.digest_of(salt, content)))
    return links


@given(contents, st.data())
def test_any_change_changes_the_head(parts: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    other = data.draw(st.binary(max_size=50).filter(lambda content: content != parts[at]))
    changed = [*parts[:at], other, *parts[at + 1 :]]
    assert chained(parts)[-1].hash != chained(changed)[-1].hash
    assert [link.hash for link in chained(parts)[:at]] == [link.hash for link in chained(changed)[:at]]


@given(contents)
def test_a_link_is_of_its_place(parts: list[bytes]) -> None:
    found = {link.hash for link in chained(parts)}
    assert len(found) == len(parts)


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_the_same_content_under_another_salt_is_another_digest(salt: bytes, other: bytes) -> None:
    assert (chain.digest_of(salt.ljust(16), b"yes") == chain.digest_of(other.ljust(16), b"yes")) == (
        salt.ljust(16) == other.ljust(16)
    )
    assert len(chain.new_salt()) == chain.SALT_BYTES


@given(hashes, st.data())
def test_paths_lead_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    path = chain.path_to(chain.levels_of(leaves), at)
    assert chain.follow(leaves[at], path) == chain.root_of(leaves)
    foreign = data.draw(st.binary(min_size=32, max_size=32).filter(lambda leaf: leaf != leaves[at]))
    assert chain.follow(foreign, path) != chain.root_of(leaves)


def test_what_is_hashed_is_written_down() -> None:
    """Whatever verifies in twenty years needs these bytes to stay what they are."""
    link = chain.Link("r1", 1, chain.START, "message", 1700000000000, chain.digest_of(bytes(16), b"{}"))
    assert link.digest.hex() == "333b13ff02f57ae18049b82ca66f37592c5a3d8fd54e44e23ae5c7085c24fd2a"
    assert link.hash.hex() == "671702ea047ad66d77195ede1f01fffceecc71002a3533ab2e50484a5a417b78"
    assert chain.root_of([]) == chain.START
    checkpoint = chain.Checkpoint(server="example.org", number=1, ts=5, prev="00", records=0, root="00")
    assert checkpoint.signed == (
        b'{"number":1,"prev":"00","records":0,"root":"00","server":"example.org","ts":5,"v":1}'
    )
