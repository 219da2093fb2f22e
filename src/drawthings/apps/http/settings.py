"""How the gateway shows itself to the network, decided once at the start."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TypeAlias

from drawthings.apps.http.keys import Keys

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """How the gateway shows itself to the network.

    Attributes:
        model: The model for who names none; by default the best one that the servers have.
        keys: Who may ask; without any, everybody who can reach it.
        trust: Networks whose clients need no key.
        hosts: Names under which it may be called, besides those of this machine; addresses always may.
        cors_origins: Pages that may call it; ``*`` for all.
        public_url: How it is reached from outside, without a slash at the end; by default as the request says.
        json_bytes: The largest JSON body.
        form_bytes: The largest multipart body.
        files: How many files a form may have.
        fields: How many fields a form may have.
        body_s: For so many seconds a body may make no progress.
        body_all_s: For so many seconds a body may take altogether.
        heartbeat_after_s: After so many seconds a waiting client gets signs of life before its answer.
        heartbeat_s: Seconds between two of them.
        log_prompts: Whether prompts are written to the log.
        prompt_loras: Whether ``<lora:name:weight>`` counts in prompts of the OpenAI dialect as well.
        aliases: Whether well-known model names are listed beside the real ones.
        page: Whether the page is served.
        tools: Whether the tools for agents are served at ``/mcp``, where their library is installed.
        drain_s: How long running jobs have to finish at the end.
    """

    model: str | None = None
    keys: Keys = field(default_factory=Keys)
    trust: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    public_url: str = ""
    json_bytes: int = 32 * MIB
    form_bytes: int = 64 * MIB
    files: int = 18
    fields: int = 1000
    body_s: float = 20.0
    body_all_s: float = 300.0
    heartbeat_after_s: float = 240.0
    heartbeat_s: float = 15.0
    log_prompts: bool = False
    prompt_loras: bool = False
    aliases: bool = True
    page: bool = True
    tools: bool = True
    drain_s: float = 30.0

    def trusted(self, address: str) -> bool:
        """Whether a client at an address needs no key."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.trust)


def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Read networks like ``192.168.0.0/16``, single addresses, or several of them with commas between.

    Raises:
        ValueError: One of them is none.
    """
    single = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    return tuple(ipaddress.ip_network(text, strict=False) for text in single)
