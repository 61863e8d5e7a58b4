"""The constants of libibverbs and librdmacm, as names of this module.

Newer releases of pyverbs have them as members of their enumerations only."""
import enum
import pyverbs.libibverbs_enums
import pyverbs.librdmacm_enums

for module in pyverbs.libibverbs_enums, pyverbs.librdmacm_enums:
    for name, value in list(vars(module).items()):
        if isinstance(value, enum.EnumMeta):
            globals().update(value.__members__)
        elif name.isupper():
            globals()[name] = value
