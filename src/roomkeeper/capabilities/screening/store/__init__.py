"""All SQL of screening: `cases`, `looks` (what was seen in files), `lists` (words), `policies` and the rest."""
