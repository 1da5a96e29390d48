"""Screening: media and words are checked before anybody else sees them.

Workers of detectors import this package too, so nothing heavy is imported here: `assembly` puts it together.
"""
