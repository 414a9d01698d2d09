"""Elements of the API's XML."""

from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

__all__ = ["Element", "SubElement", "fromstring", "tostring", "node", "put", "fault"]


def node(tag: str, *children: Element, **texts: object) -> Element:
    """`node("disk", node("x"), name="a")` is <disk><x/><name>a</name></disk>; a text of None is left out."""
    made = Element(tag)
    made.extend(children)
    for name, text in texts.items():
        if text is not None:
            SubElement(made, name).text = str(text)
    return made


def put(parent: Element, name: str, text: object) -> None:
    """Sets the text of a child, making it when it is missing."""
    child = parent.find(name)
    if child is None:
        child = SubElement(parent, name)
    child.text = str(text)


def fault(reason: str, detail: str) -> Element:
    return node("fault", reason=reason, detail=detail)
