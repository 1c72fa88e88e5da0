"""What is wrong with a naming convention that settings name."""
from sluice.exceptions import DltException


class NormalizersException(DltException):
    pass


class UnknownNamingModule(ImportError, NormalizersException):
    def __init__(self, naming_module):
        self.naming_module = naming_module
        super().__init__(f"'{naming_module}' is none of the naming conventions snake_case, direct, duck_case, sql_cs_v1, sql_ci_v1 and s3_tables, "
                         "and no module of this name can be imported")


class NamingTypeNotFound(ImportError, NormalizersException):
    def __init__(self, naming_module, naming_class):
        self.naming_module, self.naming_class = naming_module, naming_class
        super().__init__(f"the module {naming_module} has no class {naming_class}")


class InvalidNamingType(NormalizersException):
    def __init__(self, naming_module, naming_class):
        self.naming_module, self.naming_class = naming_module, naming_class
        super().__init__(f"{naming_class} of the module {naming_module} is no NamingConvention: derive it from "
                         "dlt.common.normalizers.naming.NamingConvention")
