"""Every business fact, in the past tense: what starts a process, and what ends one."""
