"""What is wrong with the normalizer that settings name."""
from sluice.common.normalizers.naming.exceptions import NormalizersException


class InvalidJsonNormalizer(NormalizersException):
    def __init__(self, required_normalizer, present_normalizer):
        self.required_normalizer, self.present_normalizer = required_normalizer, present_normalizer
        super().__init__(f"the schema has the normalizer {present_normalizer}, and these settings are of {required_normalizer}")
