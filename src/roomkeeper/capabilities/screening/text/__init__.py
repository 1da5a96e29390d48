"""Text rules: words, phrases and expressions that messages, names and what is written in media are searched for."""
