"""Numbers of an ad become placeholders before a captioner reads it and get their values back afterwards."""

from masking.invented import invented_numbers
from masking.mask import Masked, Span, mask, mask_ad, mask_attributes
from masking.slots import PLACEHOLDERS, SLOTS
from masking.unmask import restore, unmask

__all__ = [
    "PLACEHOLDERS",
    "SLOTS",
    "Masked",
    "Span",
    "invented_numbers",
    "mask",
    "mask_ad",
    "mask_attributes",
    "restore",
    "unmask",
]
