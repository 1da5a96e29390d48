"""Prints the JSON Schema of records that are uploaded: `python -m scripts.record_schema > docs/reference/…`."""

import json

from roomkeeper.capabilities.records.format import schema

if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
