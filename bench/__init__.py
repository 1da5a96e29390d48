"""Load generator and the published figures: `python -m bench`.

Everything here speaks to servers over HTTP on the loopback interface only; nothing of `roomkeeper` is imported.
Each scenario runs the same work against every target in turn, several times, and the report is made of ratios
between targets within one run, so that a noisy machine disturbs all of them alike.
"""
