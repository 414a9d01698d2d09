"""The `search=` language: conditions joined by `and`."""

import re
from xml.etree.ElementTree import Element

from .store import Store

SEVERITIES = ["normal", "warning", "error", "alert"]
CONDITION = re.compile(r"""(\w+)\s*(>=|<=|!=|=|>|<)\s*("[^"]*"|'[^']*'|\S+)""")


def matches(store: Store, item: Element, query: str | None) -> bool:
    """True when `item` fulfils every condition; a condition on an unknown key is fulfilled by nothing."""
    return all(_holds(store, item, key, operator, value.strip("\"'"))
               for key, operator, value in CONDITION.findall(query or ""))


def _holds(store: Store, item: Element, key: str, operator: str, value: str) -> bool:
    if key == "id":
        return item.get("id") == value
    if key == "severity":
        if value not in SEVERITIES:
            return False
        distance = SEVERITIES.index(item.findtext("severity")) - SEVERITIES.index(value)
        return {"=": distance == 0, ">=": distance >= 0, ">": distance > 0, "<=": distance <= 0, "<": distance < 0,
                "!=": distance != 0}[operator]
    if key in ("datacenter", "data_center"):
        places = [p.get("id") for p in item.iter("data_center")]
        return any(place.findtext("name") == value for place in store.all("datacenters") if place.get("id") in places)
    if key == "cluster":
        places = [p.get("id") for p in item.iter("cluster")]
        return any(place.findtext("name") == value for place in store.all("clusters") if place.get("id") in places)
    if key == "storage":
        inner = store.all(f"datacenters/{item.get('id')}/storagedomains")
        return any(domain.findtext("name") == value for domain in inner)
    equal = item.findtext(key) == value
    return equal if operator == "=" else not equal if operator == "!=" else False
