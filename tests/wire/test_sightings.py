from __future__ import annotations

from announcements import linux_packet
from drawthings.wire.mdns import AAAA, PTR, SRV, A, Resource, read_packet
from drawthings.wire.sightings import Found, Sightings

SERVICE = ("_dt-grpc", "_tcp", "local")


def heard(*packets: bytes, source: str = "192.168.1.7") -> Sightings:
    sightings = Sightings()
    for packet in packets:
        sightings.hear(read_packet(packet), source)
    return sightings


def test_a_packet_without_addresses_is_answered_where_it_came_from():
    sightings = heard(linux_packet("studio", tls=True, host="studio.local", port=7860))
    assert sightings.found() == (
        Found("studio", "192.168.1.7:7860", "studio.local", 7860, tls=True, addresses=("192.168.1.7",)),
    )


def test_addresses_that_are_told_count_more_and_the_best_comes_first():
    sightings = heard(linux_packet("studio", tls=False, host="Studio.local", port=7859))
    for address in ("169.254.1.1", "10.0.0.9", "10.0.0.5"):
        sightings.hear([Resource(("studio", "LOCAL"), A, 120, address=address)])
    sightings.hear([Resource(("studio", "local"), AAAA, 120, address="fd00::1")])
    [one] = sightings.found()
    assert one.addresses == ("10.0.0.5", "10.0.0.9", "fd00::1", "169.254.1.1")
    assert (one.address, one.tls) == ("10.0.0.5:7859", False)
    sightings.hear([Resource(("studio", "local"), A, 0, address="10.0.0.5")])
    assert sightings.found()[0].address == "10.0.0.9:7859"


def test_one_server_is_one_whatever_was_heard_of_it_and_by_whom():
    sightings = heard(*[linux_packet("studio", tls=None, host="studio.local", port=7859)] * 3)
    sightings.add("STUDIO", "studio.local.", 7859, ["fe80::1%2", "fd00::5"])
    [one] = sightings.found()
    assert (one.name, one.tls, one.address) == ("studio", None, "[fd00::5]:7859")


def test_a_goodbye_takes_it_back():
    sightings = heard(linux_packet("studio", tls=True, host="studio.local", port=7859))
    sightings.hear(read_packet(linux_packet("studio", tls=True, host="studio.local", port=7859, ttl=0)))
    assert sightings.found() == ()
    sightings.remove("nobody")


def test_dots_in_a_name_do_not_matter():
    [one] = heard(linux_packet("my.own.server", tls=True, host="h.local", port=7859)).found()
    assert (one.name, one.tls) == ("my.own.server", True)


def test_other_services_and_half_announcements_are_no_servers():
    sightings = Sightings()
    other = ("_http", "_tcp", "local")
    sightings.hear(
        [Resource(other, PTR, 9, target=("web", *other)), Resource(("web", *other), SRV, 9, port=80)], "1.1.1.1"
    )
    sightings.hear(
        [Resource(SERVICE, PTR, 9, target=SERVICE), Resource(SERVICE, PTR, 9, target=("a", *other))], "1.1.1.1"
    )
    sightings.hear([Resource(SERVICE, PTR, 9, target=("half", *SERVICE))], "1.1.1.1")
    sightings.hear([Resource(("none", *SERVICE), SRV, 9, port=0)], "1.1.1.1")
    assert sightings.found() == ()
    sightings.hear([Resource(("late", *SERVICE), SRV, 9, target=("late", "local"), port=5)])
    assert sightings.found() == (Found("late", "late.local:5", "late.local", 5, tls=None),)
