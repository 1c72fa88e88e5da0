"""The base of naming conventions: ours, which ask the engine, and those that people derive from it."""
import abc


class NamingConvention(abc.ABC):
    """How names of sources become names of tables and columns, of at most max_length characters."""

    PATH_SEPARATOR = "__"
    _DEFAULT_COLLISION_PROB = 0.001  # what the engine's tags are made for

    def __init__(self, max_length=None):
        self.max_length = max_length

    @property
    @abc.abstractmethod
    def is_case_sensitive(self):
        """Whether two names may differ by nothing but capitals."""

    @abc.abstractmethod
    def normalize_identifier(self, identifier):
        """The name of a column or table, shortened. What derives calls this first: it strips, and refuses what is no name."""
        if identifier is None:
            raise ValueError("a name must not be None")
        stripped = identifier.strip()
        if not stripped:
            raise ValueError(f"{identifier!r} is no name: there is nothing in it")
        return stripped

    def normalize_table_identifier(self, identifier):
        """The name of a table, dataset or schema."""
        return self.normalize_identifier(identifier)

    def make_path(self, *identifiers):
        """The parts that are not blank, as they are, with separators."""
        return self.PATH_SEPARATOR.join(part for part in identifiers if part.strip())

    def break_path(self, path):
        return [part for part in path.split(self.PATH_SEPARATOR) if part.strip()]

    def _path_of(self, path, normalize):
        made = self.make_path(*map(normalize, self.break_path(path)))
        return self.shorten_identifier(made, path, self.max_length)

    def normalize_path(self, path):
        """A path of which each part is made a name, and the whole shortened."""
        return self._path_of(path, self.normalize_identifier)

    def normalize_tables_path(self, path):
        return self._path_of(path, self.normalize_table_identifier)

    def shorten_fragments(self, *normalized_idents):
        """Names as one path, shortened."""
        if not normalized_idents:
            return None
        path = self.make_path(*normalized_idents)
        return self.shorten_identifier(path, path, self.max_length)

    @classmethod
    def name(cls):
        """What settings call it: ours by one word, others by their module."""
        package, _, module = cls.__module__.rpartition(".")
        return module if package == __package__ else cls.__module__

    @staticmethod
    def shorten_identifier(normalized_ident, identifier, max_length, collision_prob=_DEFAULT_COLLISION_PROB):
        """The name, or of a longer one its ends around a tag that is made of what it was before."""
        if not max_length or len(normalized_ident) <= max_length:
            return normalized_ident
        return NamingConvention._trim_and_tag(normalized_ident, NamingConvention._compute_tag(identifier, collision_prob), max_length)

    @staticmethod
    def _compute_tag(identifier, collision_prob=_DEFAULT_COLLISION_PROB):
        from sluice import _engine

        if collision_prob != NamingConvention._DEFAULT_COLLISION_PROB:
            raise ValueError(f"tags are made for a probability of {NamingConvention._DEFAULT_COLLISION_PROB}, not {collision_prob}")
        return _engine.name_tag(identifier)

    @staticmethod
    def _trim_and_tag(identifier, tag, max_length):
        assert len(tag) <= max_length <= max(len(identifier), len(tag)), f"{identifier!r} and a tag do not make {max_length} characters"
        kept = max_length - len(tag)
        return identifier[:(kept + 1) // 2] + tag + identifier[len(identifier) - kept // 2:]

    @staticmethod
    def _remove_leading_underscores(identifier):
        return identifier.lstrip("_")

    def __str__(self):
        length = f"_{self.max_length}" if self.max_length else ""
        return f"{self.name()}_{'cs' if self.is_case_sensitive else 'ci'}{length}"


class EngineConvention(NamingConvention):
    """A convention of the engine, by the name of the module that it is in."""

    _engine_name = None
    is_case_sensitive = False

    def normalize_identifier(self, identifier):
        from sluice import _engine

        super().normalize_identifier(identifier)
        return _engine.name_identifier(self._engine_name, self.max_length or 0, identifier)

    def normalize_path(self, path):
        from sluice import _engine

        if type(self).normalize_identifier is not EngineConvention.normalize_identifier:
            return super().normalize_path(path)  # of somebody who derived from this one
        return _engine.name_path(self._engine_name, self.max_length or 0, path)
