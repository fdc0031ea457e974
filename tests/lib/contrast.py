"""How much two colours differ, by the Web Content Accessibility Guidelines 2.1: 4.5 is enough for text."""

import re


def channels(colour):
    """Red, green, blue and opacity of a colour as the browser gives it, from 0 to 1."""
    red, green, blue, *opacity = map(float, re.findall(r"[\d.]+", colour))
    return [red / 255, green / 255, blue / 255], *(opacity or [1])


def luminance(values):
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text, paper):
    (ink, opacity), (ground, _) = channels(text), channels(paper)
    seen = [opacity * one + (1 - opacity) * two for one, two in zip(ink, ground)]
    dark, light = sorted((luminance(seen), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)
