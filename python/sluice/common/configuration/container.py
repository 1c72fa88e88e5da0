"""What is the current pipeline state, section or plugin: objects by their classes, each for the time of a block."""
import contextlib
import contextvars

from sluice import exceptions


class ContainerInjectableContext:
    """One of the things that can be current. Classes that are made without arguments are made when they are first asked for."""

    can_create_default = True
    _current = None

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        cls._current = contextvars.ContextVar(cls.__name__, default=None)
        cls._default = None

    @classmethod
    def active(cls):
        found = cls._current.get() or cls._default
        if found is None:
            if not cls.can_create_default:
                raise exceptions.ContextDefaultCannotBeCreated(cls)
            found = cls._default = cls()
        return found

    @contextlib.contextmanager
    def use(self):
        token = type(self)._current.set(self)
        try:
            yield self
        finally:
            type(self)._current.reset(token)


class Container:
    """dlt's door to them."""

    def __getitem__(self, kind):
        return kind.active()

    def __contains__(self, kind):
        return (kind._current.get() or kind._default) is not None

    def injectable_context(self, context, **_ignored):
        return context.use()
